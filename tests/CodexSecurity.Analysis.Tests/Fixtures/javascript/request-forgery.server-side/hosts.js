// Where an address leads is its host.
const express = require('express');
const app = express();
const hosts = new Set(['api.example.com']);

app.get('/equal', async (req, res) => {
  const url = new URL(req.query.url);
  if (url.hostname !== 'api.example.com') return res.sendStatus(400);
  res.json(await fetch(url.href)); // safe: request-forgery.server-side
});
app.get('/listed', async (req, res) => {
  const { hostname } = new URL(req.query.url);
  if (!hosts.has(hostname)) throw new Error('not there');
  res.json(await fetch(req.query.url)); // safe: request-forgery.server-side
});
app.get('/below', async (req, res) => {
  const url = new URL(req.query.url);
  if (!url.hostname.endsWith('.example.com')) return res.sendStatus(400);
  res.json(await fetch(url.href)); // safe: request-forgery.server-side
});
app.get('/ending', async (req, res) => {
  const url = new URL(req.query.url);
  if (!url.hostname.endsWith('example.com')) return res.sendStatus(400);
  res.json(await fetch(url.href)); // expect: request-forgery.server-side
});
app.get('/path', async (req, res) => {
  const url = new URL(req.query.url);
  if (url.pathname !== '/list') return res.sendStatus(400);
  res.json(await fetch(url.href)); // expect: request-forgery.server-side
});
app.listen(3000);
