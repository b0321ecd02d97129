const express = require('express'), cors = require('cors');
const app = express();
app.use('/open', cors({ origin: true, credentials: true })); // expect: cors.any-origin-with-credentials
app.use('/own', cors({ origin: 'https://app.example.com', credentials: true })); // safe: cors.any-origin-with-credentials
app.listen(3000);
app.get('/echo', (req, res) => {
  res.header('Access-Control-Allow-Origin', req.get('origin')); // expect: cors.any-origin-with-credentials
  res.header('Access-Control-Allow-Credentials', 'true');
  res.json(req.user);
});
app.get('/echo-open', (req, res) => {
  res.header('Access-Control-Allow-Origin', req.get('origin')); // safe: cors.any-origin-with-credentials, injection.header
  res.json({});
});
