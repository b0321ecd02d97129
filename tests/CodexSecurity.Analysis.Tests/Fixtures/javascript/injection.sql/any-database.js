// Statements by their own text: whatever database they are handed to.
const express = require('express');

module.exports = function (database, store) {
  const app = express();
  app.get('/name', async (req, res) => {
    res.json(await database.query("SELECT * FROM users WHERE name = '" + req.query.name + "'")); // expect: injection.sql
  });
  app.get('/put', async (req, res) => {
    await store.pool.run(`INSERT INTO users (name) VALUES ('${req.query.name}')`); // expect: injection.sql
    res.end();
  });
  app.get('/bound', async (req, res) => {
    res.json(await database.query('SELECT * FROM users WHERE name = ?', [req.query.name])); // safe: injection.sql
  });
  app.get('/number', async (req, res) => {
    res.json(await database.query('SELECT * FROM users LIMIT ' + Number(req.query.most))); // safe: injection.sql
  });
  app.get('/words', async (req, res) => {
    res.json(await database.get('select one of ' + req.query.name)); // safe: injection.sql
  });
  app.listen(3000);
};
