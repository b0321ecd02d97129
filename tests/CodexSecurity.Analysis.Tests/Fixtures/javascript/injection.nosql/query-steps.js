const express = require('express'), mongoose = require('mongoose');
const app = express(), User = mongoose.model('User', new mongoose.Schema({ name: String }));
app.use(express.json());
app.post('/', async (req, res) => {
  await User.findOne().where('name').equals(req.body.name); // expect: injection.nosql
  await User.findOne().where('name').equals(String(req.body.name)); // safe: injection.nosql
  res.end();
});
