'use strict';
const express = require('express');
const http = require('http');
const Koa = require('koa');
const app = express();
const router = new Koa();

// What browsers do not show as a page runs no script.
app.get('/json', (req, res) => {
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ name: req.query.name })); // safe: xss.html
});
app.get('/text', (req, res) => {
  res.type('text/plain').send('Hello ' + req.query.name); // safe: xss.html
});
app.get('/set', (req, res) => {
  res.set({ 'Content-type': 'text/plain; charset=utf-8' });
  res.send('<b>' + req.query.name); // safe: xss.html
});
app.get('/later', (req, res) => {
  res.header('content-type', 'application/json');
  require('fs').readFile('/etc/motd', () => res.send('{"name":"' + req.query.name + '"}')); // safe: xss.html
});

// One way of two.
app.get('/either', (req, res) => {
  if (req.query.raw) res.type('txt');
  res.send('<b>' + req.query.name); // expect: xss.html
});
// What is said last holds.
app.get('/again', (req, res) => {
  res.type('txt');
  res.type('html');
  res.send('<b>' + req.query.name); // expect: xss.html
});
// Pictures and documents of these types run scripts as well.
app.get('/picture', (req, res) => {
  res.setHeader('Content-Type', 'image/svg+xml');
  res.send('<svg><text>' + req.query.name + '</text></svg>'); // expect: xss.html
});
app.get('/other', (req, res) => {
  res.setHeader('X-Kind', 'application/json');
  res.send('<b>' + req.query.name); // expect: xss.html
});
// One header of two, or headers of one call of two.
app.get('/name', (req, res) => {
  const name = req.query.own ? 'X-Kind' : 'Content-Type';
  res.setHeader(name, 'text/plain');
  res.send('<b>' + req.query.name); // expect: xss.html
});
app.get('/headers', (req, res) => {
  const headers = req.query.own ? { 'X-Kind': 'a' } : { 'Content-Type': 'text/plain' };
  res.set(headers);
  res.send('<b>' + req.query.name); // expect: xss.html
});
app.get('/kinds', (req, res) => {
  const headers = req.query.own ? { 'Content-Type': 'application/json' } : { 'Content-Type': 'text/plain' };
  res.set(headers);
  res.send('<b>' + req.query.name); // safe: xss.html
});
// The type is the attacker's.
app.get('/chosen', (req, res) => {
  res.type(req.query.type);
  res.send('<b>' + req.query.name); // expect: xss.html
});

function plain(res, text) {
  res.writeHead(200, { 'Content-Type': 'text/plain' });
  res.end(text); // safe: xss.html
}
http.createServer((req, res) => {
  if (req.url === '/page') {
    res.writeHead(200, { 'Content-Type': 'text/html' });
    return res.end('<p>' + req.headers.host); // expect: xss.html
  }
  plain(res, '<p>' + req.url);
}).listen(8080);

router.use(async ctx => {
  if (ctx.query.plain) {
    ctx.type = 'text/plain';
    ctx.body = '<b>' + ctx.query.name; // safe: xss.html
  } else {
    ctx.body = '<b>' + ctx.query.name; // expect: xss.html
  }
});
router.listen(3000);
app.listen(3001);
