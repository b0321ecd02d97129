// The handlers of one address, one after the other.
const { exec } = require('child_process');
const express = require('express');
const app = express(), router = express.Router();
app.route('/a/:id').get((req, res) => {
  exec('a ' + req.params.id); // expect: injection.command
}).post(express.json(), (req, res) => {
  exec('b ' + req.body.b); // expect: injection.command
}).all((req, res) => {
  exec('c ' + Number(req.query.c)); // safe: injection.command
});
router.route('/b').put((req, res) => {
  exec('d ' + req.query.d); // expect: injection.command
});
app.use('/api', router);
