const express = require('express'), escapeHtml = require('escape-html');
const app = express();
app.get('/hello', (req, res) => {
  res.send('<p>Hello ' + req.query.name + '</p>'); // expect: xss.html
});
app.get('/escaped', (req, res) => {
  res.send('<p>Hello ' + escapeHtml(req.query.name) + '</p>'); // safe: xss.html
});
app.listen(3000);
