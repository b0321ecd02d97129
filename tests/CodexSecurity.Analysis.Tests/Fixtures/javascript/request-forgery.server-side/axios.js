const express = require('express'), axios = require('axios');
const app = express();
app.get('/fetch', async (req, res) => {
  const page = await axios.get(req.query.url); // expect: request-forgery.server-side
  await axios.get('https://api.example.com/items/' + encodeURIComponent(req.query.id)); // safe: request-forgery.server-side
  res.json({ size: page.data.length });
});
app.listen(3000);
