// A query by code is code in any store that takes it.
const express = require('express'), Store = require('some-store-in-memory');
const app = express();
const orders = new Store.Collection('orders');
app.get('/order/:id', (req, res) => {
  orders.find({ $where: `this.id === '${req.params.id}'` }).then(found => res.json(found)); // expect: injection.nosql
  orders.find({ $where: 'this.id == ' + Number(req.params.id) }).then(found => res.json(found)); // safe: injection.nosql
  orders.find({ $where: 'this.open' }).then(found => res.json(found)); // safe: injection.nosql
  orders.find({ id: req.params.id }).then(found => res.json(found)); // safe: injection.nosql
});
app.listen(3000);
