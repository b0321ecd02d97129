const express = require('express');
const app = express();
app.get('/query', (req, res) => res.render('page', req.query)); // expect: injection.template-data
app.post('/body', (req, res) => res.render('page', { ...req.body })); // expect: injection.template-data
app.post('/profile', (req, res) => {
  const profile = req.body;
  profile.seen = true;
  res.render('account', profile); // expect: injection.template-data
});
app.post('/assigned', (req, res) => res.render('page', Object.assign({ title: 'x' }, req.body))); // expect: injection.template-data
app.get('/named', (req, res) => res.render('page', { name: req.query.name })); // safe: injection.template-data
app.get('/below', (req, res) => res.render('page', { query: req.query })); // safe: injection.template-data
// The route chooses the names.
app.get('/user/:name', (req, res) => res.render('page', req.params)); // safe: injection.template-data
app.listen(3000);
