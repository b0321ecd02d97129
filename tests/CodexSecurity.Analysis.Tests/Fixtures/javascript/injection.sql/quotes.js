const { Client } = require('pg');
const quoted = name => name.replace(/"/g, '""');
require('express')().get('/rows', (req, res) => {
  const db = new Client();
  db.query('select * from "' + quoted(req.query.table) + '"', (e, rows) => res.json(rows)); // safe: injection.sql
  db.query("select * from t where name = '" + req.query.name.replace(/'/g, "''") + "'", (e, rows) => res.json(rows)); // safe: injection.sql
  db.query("select * from t where name = '" + req.query.name.replace(/'/, "''") + "'", (e, rows) => res.json(rows)); // expect: injection.sql, sanitization.incomplete
});
