const { Webhooks } = require('@octokit/webhooks');
const { Client } = require('whatsapp-web.js');
const passport = require('passport');
const { Strategy } = require('passport-local');
const { exec } = require('child_process');

new Webhooks({ secret: 's' }).on('push', ({ payload }) => exec('git checkout ' + payload.ref)); // expect: injection.command
new Client({}).on('message', (m) => exec('say ' + m.body)); // expect: injection.command
passport.use(new Strategy((name, password, done) => exec('id ' + name, done))); // expect: injection.command
