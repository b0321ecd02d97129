const express = require('express');
const app = express();
app.get('/go', (req, res) => res.redirect(req.query.to)); // expect: redirect.open
app.get('/item', (req, res) => res.redirect('/items/' + req.query.id)); // safe: redirect.open
app.listen(3000);
