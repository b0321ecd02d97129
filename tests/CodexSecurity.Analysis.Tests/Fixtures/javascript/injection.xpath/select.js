const express = require('express'), xpath = require('xpath'), { DOMParser } = require('xmldom');
const app = express(), doc = new DOMParser().parseFromString('<a/>');
app.get('/find', (req, res) => {
  res.json(xpath.select("//user[name='" + req.query.name + "']", doc)); // expect: injection.xpath
  res.json(xpath.select('//user', doc)); // safe: injection.xpath
});
app.listen(3000);
