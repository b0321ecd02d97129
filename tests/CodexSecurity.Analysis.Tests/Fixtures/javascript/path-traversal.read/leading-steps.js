// Of a normalised path the steps upward stand at its start; with a root, a file is looked for below it.
const express = require('express');
const fs = require('fs');
const path = require('path');
const app = express();
const folder = path.resolve(__dirname, 'files');

app.get('/clean', (req, res) => {
  const name = path.normalize(req.query.name).replace(/^(\.\.[\/\\])+/, '');
  res.end(fs.readFileSync(path.join('/files', name))); // safe: path-traversal.read
});
app.get('/once', (req, res) => {
  const name = path.normalize(req.query.name).replace(/^(\.\.[\/\\])/, '');
  res.end(fs.readFileSync(path.join('/files', name))); // expect: path-traversal.read
});
app.get('/raw', (req, res) => {
  const name = req.query.name.replace(/^(\.\.[\/\\])+/, '');
  res.end(fs.readFileSync(path.join('/files', name))); // expect: path-traversal.read
});
app.get('/rooted', (req, res) => res.sendFile(req.query.name, { root: folder })); // safe: path-traversal.read
app.get('/not-rooted', (req, res) => res.sendFile(req.query.name, { maxAge: 1 })); // expect: path-traversal.read
app.listen(3000);
