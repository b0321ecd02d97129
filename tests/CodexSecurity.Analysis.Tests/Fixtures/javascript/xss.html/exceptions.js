'use strict';
const express = require('express');
const Koa = require('koa');
const fastify = require('fastify')();
const app = express();
const koa = new Koa();

// What is thrown is found where it is caught.
app.get('/here', (req, res) => {
  try {
    throw new Error('no such user ' + req.query.name);
  } catch (e) {
    res.send('<p>' + e.message + '</p>'); // expect: xss.html
  }
});
function find(name) {
  throw new TypeError(`User ${name} is unknown`);
}
app.get('/called', (req, res) => {
  try { find(req.query.name); } catch (err) { res.send(`<p>${err}</p>`); } // expect: xss.html
});
class NotFound extends Error {
  constructor(what) {
    super(what + ' not found');
    this.what = what;
  }
}
async function load(id) { throw new NotFound(id); }
app.get('/awaited/:id', async (req, res) => {
  try {
    await load(req.params.id);
  } catch (e) {
    res.write(e.what); // expect: xss.html
    res.end(e.message); // expect: xss.html
  }
});
app.get('/finally', (req, res) => {
  try {
    try { find(req.query.name); } finally { console.log('tried'); }
  } catch (e) { res.send(e.message); } // expect: xss.html
});

// Promises are rejected with it.
const check = (v) => new Promise((resolve, reject) => { if (v > 3) resolve(v); else reject(new Error('bad value ' + v)); });
app.get('/rejected', (req, res) => {
  check(req.query.v).then(() => res.send('fine')).catch((e) => res.send(e.message)); // expect: xss.html
});
app.get('/then', (req, res) => {
  load(req.query.id).then(() => 1, (e) => res.send(e.what)); // expect: xss.html
});

// Error handlers get what handlers throw or pass on.
app.get('/next', (req, res, next) => next(new Error('bad ' + req.query.id)));
app.use((err, req, res, next) => {
  res.status(500).send(err.message); // expect: xss.html
});
koa.use(async (ctx, next) => {
  try { await next(); } catch (e) { ctx.body = '<b>' + e.message + '</b>'; } // expect: xss.html
});
koa.use(async (ctx) => { throw new Error('no ' + ctx.query.page); });
fastify.get('/x', async (request) => { throw new Error('no ' + request.query.q); });
fastify.setErrorHandler((error, request, reply) => {
  reply.type('text/html').send('<p>' + error.message); // expect: xss.html
});

app.get('/fixed', (req, res) => {
  try { if (!req.query.name) throw new Error('a name is needed'); } catch (e) { res.send(e.message); } // safe: xss.html
});
app.get('/caught', (req, res) => {
  try { find(req.query.name); } catch { res.send('not found'); }
  try { JSON.parse('{}'); } catch (e) { res.send(e.message); } // safe: xss.html
});
app.get('/encoded', (req, res) => {
  try { throw new Error(encodeURIComponent(req.query.x)); } catch (e) { res.send(e.message); } // safe: xss.html
});
app.get('/json', (req, res) => {
  try { find(req.query.name); } catch (e) { res.json({ error: e.message }); } // safe: xss.html
});
