const express = require('express'), yaml = require('js-yaml');
const app = express();
app.post('/config', (req, res) => res.json(yaml.load(req.body.text))); // expect: deserialization.yaml
app.post('/safe', (req, res) => res.json(yaml.safeLoad(req.body.text))); // safe: deserialization.yaml
app.listen(3000);
