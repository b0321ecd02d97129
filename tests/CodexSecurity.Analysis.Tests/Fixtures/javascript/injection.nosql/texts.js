// A text is no operator of a query.
const express = require('express');
const mongoose = require('mongoose');
const User = mongoose.model('User', new mongoose.Schema({}));
const app = express();

app.post('/checked', async (req, res) => {
  if (typeof req.body.name !== 'string') return res.sendStatus(400);
  res.json(await User.findOne({ name: req.body.name })); // safe: injection.nosql
});
app.post('/equal', async (req, res) => {
  res.json(await User.findOne({ name: { $eq: req.body.name } })); // safe: injection.nosql
});
app.post('/object', async (req, res) => {
  if (typeof req.body.name !== 'object') return res.sendStatus(400);
  res.json(await User.findOne({ name: req.body.name })); // expect: injection.nosql
});
app.listen(3000);
