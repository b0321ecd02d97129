'use strict';
const Hapi = require('@hapi/hapi');
const fastify = require('fastify')();
const server = Hapi.server({ port: 3000 });

// What a handler returns is the answer: a page in hapi, plain text in Fastify until it says otherwise.
server.route({ method: 'GET', path: '/', handler: (request, h) => '<p>' + request.query.name }); // expect: xss.html
server.route({ method: 'GET', path: '/json', handler: (request, h) => ({ name: request.query.name }) }); // safe: xss.html
server.route({ method: 'GET', path: '/response', handler(request, h) { return h.response('<p>' + request.query.name).code(200); } }); // expect: xss.html
fastify.get('/text', async (request, reply) => '<p>' + request.query.q); // safe: xss.html
fastify.get('/page', async (request, reply) => {
  reply.header('content-type', 'text/html');
  return '<p>' + request.query.q; // expect: xss.html
});
fastify.get('/sent', (request, reply) => { reply.send('<p>' + request.query.q); }); // safe: xss.html
fastify.get('/typed', (request, reply) => { reply.type('text/html').send('<p>' + request.query.q); }); // expect: xss.html
