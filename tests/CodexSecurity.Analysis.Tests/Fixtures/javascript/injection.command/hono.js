// Hono: one context for request and answer.
const { Hono } = require('hono');
const { exec } = require('child_process');
const app = new Hono();

app.get('/list', (c) => {
  exec('ls ' + c.req.query('folder')); // expect: injection.command
  return c.text('done');
});
app.post('/named', async (c) => {
  const { name } = await c.req.json();
  exec('ls ' + name); // expect: injection.command
  return c.json({});
});
app.get('/page/:id', (c) => c.html('<p>' + c.req.param('id'))); // expect: xss.html
app.get('/text/:id', (c) => c.text(c.req.param('id'))); // safe: xss.html
app.get('/go', (c) => c.redirect(c.req.query('to'))); // expect: redirect.open
app.get('/home', (c) => c.redirect('/')); // safe: redirect.open
app.get('/fixed', (c) => {
  exec('ls'); // safe: injection.command
  return c.text('done');
});
module.exports = app;
