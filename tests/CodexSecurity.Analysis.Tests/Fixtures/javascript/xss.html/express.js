const express = require('express'), escapeHtml = require('escape-html');
const app = express();
app.get('/hello', (req, res) => {
  res.send('<p>Hello ' + req.query.name + '</p>'); // expect: xss.html
});
app.get('/escaped', (req, res) => {
  res.send('<p>Hello ' + escapeHtml(req.query.name) + '</p>'); // safe: xss.html
});
app.listen(3000);
function encoded(text) {
  let html = '';
  for (const c of text) {
    switch (c) {
      case '<': html += '&lt;'; break;
      case '&': html += '&amp;'; break;
      case '"': html += '&quot;'; break;
      default: html += c;
    }
  }
  return html;
}
const decoded = text => text.replace(/&lt;/g, '<').replace(/&amp;/g, '&');
app.get('/own', (req, res) => {
  res.send('<p>Hello ' + encoded(req.query.name) + '</p>'); // safe: xss.html
  res.send('<p>Hello ' + decoded(req.query.name) + '</p>'); // expect: xss.html
});
