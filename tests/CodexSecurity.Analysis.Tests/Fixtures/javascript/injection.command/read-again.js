// What a branch has established holds for what is read in it, also where branches meet again.
const express = require('express');
const { exec } = require('child_process');
const crypto = require('crypto');
const { AsyncLocalStorage } = require('async_hooks');
const async = require('async');
const Bluebird = require('bluebird');
const app = express();
const words = ['up', 'down'];
const storage = new AsyncLocalStorage();
const tasks = async.queue((task, done) => exec('run ' + task.name, done), 2); // expect: injection.command

app.get('/word', (req, res) => {
  const word = words.includes(req.query.word) ? req.query.word : 'up';
  exec('go ' + word); // safe: injection.command
});
app.get('/other', (req, res) => {
  const word = words.includes(req.query.word) ? req.query.other : 'up';
  exec('go ' + word); // expect: injection.command
});
app.get('/digest', (req, res) => {
  exec('find ' + crypto.createHash('sha256').update(req.query.text).digest('hex')); // safe: injection.command
});
app.get('/bytes', (req, res) => {
  exec('find ' + Buffer.from(req.query.text).toString('hex')); // safe: injection.command
  exec('find ' + req.query.text.toString('hex')); // expect: injection.command
});
app.get('/made', (req, res) => {
  exec('run ' + Array.from({ length: 2 }, () => req.query.name)[0]); // expect: injection.command
});
app.get('/tap', (req, res) => {
  Bluebird.resolve(req.query.name).tap((name) => exec('run ' + name)); // expect: injection.command
  Bluebird.resolve([1, req.query.name]).spread((count, name) => exec('run ' + name)); // expect: injection.command
});
app.get('/task', (req, res) => tasks.push({ name: req.query.name }));
app.get('/store', (req, res) => storage.run({ name: req.query.name }, later));
function later() {
  exec('run ' + storage.getStore().name); // expect: injection.command
}
app.listen(3000);
