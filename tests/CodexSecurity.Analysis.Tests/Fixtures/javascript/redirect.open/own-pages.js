// An expression that lets addresses on the same server through, and no others.
const express = require('express');
const app = express();

app.get('/own', (req, res) => {
  if (/^\/[^/\\]/.test(req.query.to)) res.redirect(req.query.to); // safe: redirect.open
});
app.get('/any', (req, res) => {
  if (/^\//.test(req.query.to)) res.redirect(req.query.to); // expect: redirect.open
});
app.listen(3000);
