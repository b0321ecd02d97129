// The engine's own encoding is switched off for all templates.
const express = require('express'), swig = require('swig'), marked = require('marked');
const { MongoClient } = require('mongodb');
const app = express();
swig.setDefaults({ autoescape: false }); // expect: xss.autoescape-disabled
app.locals.marked = marked;
MongoClient.connect('mongodb://localhost/x', (error, db) => {
  const memos = db.collection('memos');
  app.get('/search', (req, res) => res.render('memos', { term: req.query.q }));
  app.get('/memos', (req, res) => memos.find({}).sort({ at: -1 }).toArray((e, docs) => res.render('memos', { memosList: docs, title: 'Memos' })));
});
MongoClient.connect('mongodb://localhost/x', (error, db) => {
  const memos = db.collection('memos');
  app.get('/all', (req, res) => memos.find({}).toArray((e, docs) => res.send(docs))); // safe: xss.html
  app.get('/one', (req, res) => memos.findOne({}, (e, doc) => res.send(doc))); // safe: xss.html
  app.get('/text', (req, res) => memos.findOne({}, (e, doc) => res.send(doc.text))); // expect: xss.html
  app.get('/json', (req, res) => memos.findOne({}, (e, doc) => res.send('<p>' + JSON.stringify(doc)))); // expect: xss.html
});
const Sequelize = require('sequelize');
const Product = new Sequelize('sqlite::memory:').define('product', {});
app.get('/products', (req, res) => Product.findAll().then(products => res.render('products', { output: { products, count: 2 } })));
app.get('/product', async (req, res) => res.render('product', { product: await Product.findOne({ where: { id: Number(req.query.id) } }) }));
app.listen(3000);
