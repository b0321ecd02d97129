const mqtt = require('mqtt'); const { exec } = require('child_process');
const client = mqtt.connect('x');
client.on('message', (topic, payload) => { exec('ls ' + payload.toString()); exec('ls ' + topic); }); // expect: injection.command
