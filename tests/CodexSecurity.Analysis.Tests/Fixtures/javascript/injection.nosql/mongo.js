const express = require('express');
const { MongoClient } = require('mongodb');
const app = express();
app.use(express.json());
MongoClient.connect('mongodb://db', (error, client) => {
  const users = client.db('app').collection('users');
  app.post('/login', (req, res) => {
    users.findOne({ name: req.body.name, password: req.body.password }, (e, user) => res.json(user)); // expect: injection.nosql
    users.findOne({ name: String(req.body.name) }, (e, user) => res.json(user)); // safe: injection.nosql
  });
  app.listen(3000);
});
