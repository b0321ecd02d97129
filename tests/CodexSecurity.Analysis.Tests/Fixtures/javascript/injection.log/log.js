const express = require('express');
const app = express();
app.get('/login', (req, res) => {
  console.log('login of ' + req.query.name); // expect: injection.log
  console.log('login of ' + encodeURIComponent(req.query.name)); // safe: injection.log
  res.end();
});
app.listen(3000);
