// express-validator: what stands before a handler says which form a part of the request has, where the handler looks at what was found.
const express = require('express');
const { exec } = require('child_process');
const { body, param, check, validationResult } = require('express-validator');
const app = express();

app.get('/stop/:id', param('id').isInt().withMessage('a number'), (req, res) => {
  if (!validationResult(req).isEmpty()) return res.sendStatus(400);
  exec('kill ' + req.params.id); // safe: injection.command
});
app.post('/run', [body('name').isAlphanumeric(), check('id').trim().isUUID(), body('word').matches(/^[a-z]+$/)], (req, res) => {
  exec('run ' + req.body.name + req.body.word); // safe: injection.command
  exec('run ' + req.body.id); // safe: injection.command
  exec('run ' + req.body.other); // expect: injection.command
});
app.post('/not', body('name').not().isInt(), (req, res) => {
  exec('run ' + req.body.name); // expect: injection.command
});
app.post('/long', body('name').isLength({ max: 80 }), (req, res) => {
  exec('run ' + req.body.name); // expect: injection.command
});
app.listen(3000);
