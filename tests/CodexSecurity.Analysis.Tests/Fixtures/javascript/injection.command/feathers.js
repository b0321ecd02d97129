const { feathers } = require('@feathersjs/feathers'); const express = require('@feathersjs/express'); const { exec } = require('child_process');
class Messages { async find(params) { exec('ls ' + params.query.dir); } async create(data, params) { exec('ls ' + data.dir); } async get(id) { exec('c ' + id); } } // expect: injection.command
const app = express(feathers()); app.use('/m', new Messages()); app.listen(1);
