const core = require('@actions/core'); const github = require('@actions/github'); const { exec } = require('child_process');
exec('git checkout ' + core.getInput('ref')); // expect: injection.command
exec('echo ' + github.context.payload.pull_request.title); // expect: injection.command
