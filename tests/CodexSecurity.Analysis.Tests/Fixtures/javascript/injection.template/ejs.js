const express = require('express'), ejs = require('ejs');
const app = express();
app.get('/page', (req, res) => res.send(ejs.render('<p>' + req.query.text + '</p>'))); // expect: injection.template
app.get('/data', (req, res) => res.send(ejs.render('<p><%= text %></p>', { text: req.query.text }))); // safe: injection.template
app.listen(3000);
