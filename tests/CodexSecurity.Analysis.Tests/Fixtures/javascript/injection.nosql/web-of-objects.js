// Objects that hold each other in every way: looking into a query ends, and finds what is near.
const express = require('express');
const { MongoClient } = require('mongodb');
const app = express();
app.use(express.json());
const nodes = {};
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'];
const web = [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}];
function knot(from, to) {
  from.a = to; from.b = to; from.c = to; from.d = to; from.e = to; from.f = to; from.g = to; from.h = to;
  from.i = to; from.j = to; from.k = to; from.l = to; from.m = to; from.n = to; from.o = to; from.p = to;
}
for (const from of web) for (const to of web) knot(from, to);
for (const name of names) nodes[name] = web;
MongoClient.connect('mongodb://db', (error, client) => {
  const users = client.db('app').collection('users');
  app.post('/login', (req, res) => {
    const query = web[names.length - 1];
    users.findOne({ name: req.body.name, others: query }, (e, user) => res.json(user)); // expect: injection.nosql
    users.findOne({ name: String(req.body.name), others: query }, (e, user) => res.json(user)); // safe: injection.nosql
  });
  app.listen(3000);
});
