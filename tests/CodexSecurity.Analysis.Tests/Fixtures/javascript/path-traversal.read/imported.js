// A module that a request names is read, and runs.
const express = require('express');
const app = express();

app.get('/page', async (request, response) => {
  const page = await import(request.query.page); // expect: path-traversal.read
  response.send(page.default());
});
app.get('/fixed', async (request, response) => {
  const page = await import('./pages/index.js'); // safe: path-traversal.read
  response.send(page.default());
});
