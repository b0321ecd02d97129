'use strict';

const beeline = require('beeline');
const koa = require('koa');
const { exec } = require('child_process');

// A router that nothing is known of: its handlers are known by their parameters.
beeline.route({
  '/`path...`': function (request, response, details) {
    exec('ls ' + details.path); // expect: injection.command
  },
  '/next': function (request, response, next) {
    exec('ls ' + next); // safe: injection.command
  },
});

// Koa 1: the context is what the generator function is called on.
const app = koa();
app.use(function* (next) {
  exec('ls ' + this.request.url); // expect: injection.command
  yield next;
});

function Reporter(emitter, config) {
  exec('grep ' + config.pattern); // expect: injection.command
}

// A function in an exported list.
module.exports = { 'reporter:mine': ['type', Reporter] };
