const { Client } = require('discord.js'); const { exec } = require('child_process');
const client = new Client({});
client.on('messageCreate', message => { const args = message.content.slice(1).split(' '); exec('ping ' + args[1]); }); // expect: injection.command
client.on('interactionCreate', async i => { exec('a ' + i.options.getString('x')); }); // expect: injection.command
