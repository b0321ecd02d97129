const express = require('express'), mysql = require('mysql');
const app = express(), db = mysql.createConnection({ host: 'db' });
app.get('/users', (req, res) => {
  db.query('select * from users where name = "' + req.query.name + '"', (e, rows) => res.json(rows)); // expect: injection.sql
  db.query('select * from users where name = ?', [req.query.name], (e, rows) => res.json(rows)); // safe: injection.sql
  db.query('select * from users where id = ' + Number(req.query.id), (e, rows) => res.json(rows)); // safe: injection.sql
});
app.listen(3000);
