const { App } = require('@slack/bolt'); const { exec } = require('child_process');
const app = new App({});
app.command('/x', async ({ command, ack }) => { exec('ls ' + command.text); }); // expect: injection.command
app.message(/hi (.*)/, async ({ message, context }) => { exec('ls ' + message.text); }); // expect: injection.command
