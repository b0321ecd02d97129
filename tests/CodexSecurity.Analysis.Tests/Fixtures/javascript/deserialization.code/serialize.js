const express = require('express'), serialize = require('node-serialize');
const app = express();
app.post('/restore', (req, res) => res.json(serialize.unserialize(req.body.state))); // expect: deserialization.code
app.post('/parse', (req, res) => res.json(JSON.parse(req.body.state))); // safe: deserialization.code
app.listen(3000);
