const cac = require('cac'); const { exec } = require('child_process');
const cli = cac('x'); cli.command('run <dir>').action((dir, o) => { exec('ls ' + dir); }); cli.parse(); // expect: injection.command
const prog = require('sade')('x'); prog.command('build <src>').action((src, opts) => { exec('b ' + src); }); prog.parse(process.argv); // expect: injection.command
const { parseArgs } = require('util'); const { values, positionals } = parseArgs({ options: {} }); exec('c ' + values.x); exec('d ' + positionals[0]); // expect: injection.command
