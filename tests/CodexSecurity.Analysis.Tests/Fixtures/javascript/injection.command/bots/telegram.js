const TelegramBot = require('node-telegram-bot-api'); const { exec } = require('child_process');
const bot = new TelegramBot('x', { polling: true });
bot.onText(/\/run (.+)/, (msg, match) => { exec('ls ' + match[1]); }); // expect: injection.command
bot.on('message', msg => { exec('b ' + msg.text); }); // expect: injection.command
const { Telegraf } = require('telegraf'); const b2 = new Telegraf('x');
b2.command('run', ctx => { exec('c ' + ctx.message.text); }); // expect: injection.command
b2.on('text', (ctx) => exec('d ' + ctx.message.text)); // expect: injection.command
