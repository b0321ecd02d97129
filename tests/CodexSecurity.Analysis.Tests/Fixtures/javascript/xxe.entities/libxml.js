const express = require('express'), libxml = require('libxmljs');
const app = express();
app.post('/xml', (req, res) => res.send(libxml.parseXml(req.body, { noent: true }).root().name())); // expect: xxe.entities
app.post('/plain', (req, res) => res.send(libxml.parseXml(req.body, { noent: false }).root().name())); // safe: xxe.entities
app.listen(3000);
