const express = require('express'), mathjs = require('mathjs'), safeEval = require('safe-eval');
const { VM } = require('vm2');
const app = express();
app.post('/calc', (req, res) => res.json(mathjs.evaluate(req.body.formula))); // expect: injection.code
app.post('/sum', (req, res) => res.json(mathjs.evaluate('a + b', { a: req.body.a, b: req.body.b }))); // safe: injection.code
app.post('/safe', (req, res) => res.json(safeEval(req.body.code))); // expect: injection.code
app.post('/vm', (req, res) => res.json(new VM({ timeout: 100 }).run(req.body.code))); // expect: injection.code
app.listen(3000);
