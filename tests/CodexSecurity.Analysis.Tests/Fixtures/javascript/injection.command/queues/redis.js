const redis = require('redis'); const { exec } = require('child_process');
const sub = redis.createClient();
sub.on('message', (ch, msg) => { exec('ls ' + msg); }); // expect: injection.command
sub.subscribe('x', (message) => { exec('b ' + message); }); // expect: injection.command
