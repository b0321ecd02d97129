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

// Both ways begin on this server.
const home = (id) => (id ? `/home/${id}` : `/homes/${id}`);
app.get('/either', (req, res) => res.redirect(home(req.query.id))); // safe: redirect.open
