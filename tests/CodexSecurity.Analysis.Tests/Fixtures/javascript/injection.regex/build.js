const express = require('express');
const app = express();
app.get('/search', (req, res) => {
  const found = new RegExp(req.query.pattern).test('text'); // expect: injection.regex
  const whole = new RegExp('^[a-z]+$').test(req.query.pattern); // safe: injection.regex
  res.json({ found, whole });
});
app.listen(3000);
