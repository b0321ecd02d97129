// What a framework or a middleware checks before the handler holds in the handler.
const { exec } = require('child_process');
const fastify = require('fastify')();
const express = require('express');
const { z } = require('zod');
const Joi = require('joi');

const fields = { type: 'object', properties: { n: { type: 'integer' }, e: { enum: ['a', 'b'] }, s: { type: 'string' }, w: { type: 'string', pattern: '^[a-z]+$' }, u: { type: 'string', format: 'uuid' }, deep: { type: 'object', properties: { n: { type: 'number' }, s: { type: 'string' } } } } };
fastify.get('/a', { schema: { querystring: fields } }, async request => {
  exec('n ' + request.query.n); // safe: injection.command
  exec('e ' + request.query.e); // safe: injection.command
  exec('s ' + request.query.s); // expect: injection.command
  exec('w ' + request.query.w); // safe: injection.command
  exec('u ' + request.query.u); // safe: injection.command
  exec('dn ' + request.query.deep.n); // safe: injection.command
  exec('ds ' + request.query.deep.s); // expect: injection.command
  exec('other ' + request.query.other); // expect: injection.command
  exec('n ' + request.headers.n); // expect: injection.command
});
fastify.route({ method: 'POST', url: '/b', schema: { params: { n: { type: 'integer' } }, body: fields }, handler: async request => {
  exec('n ' + request.params.n); // safe: injection.command
  exec('n ' + request.body.n); // safe: injection.command
  exec('s ' + request.body.s); // expect: injection.command
} });

const app = express();
const S = z.object({ n: z.number(), s: z.string(), w: z.string().regex(/^\w+$/).max(9), x: z.string().regex(/x/) });
const parsed = schema => (req, res, next) => { try { req.body = schema.parse(req.body); next(); } catch (e) { res.status(400).end(); } };
const checked = schema => (req, res, next) => { const result = schema.safeParse(req.body); if (!result.success) return res.status(400).end(); req.body = result.data; next(); };
app.post('/c', parsed(S), (req, res) => {
  exec('n ' + req.body.n); // safe: injection.command
  exec('s ' + req.body.s); // expect: injection.command
  exec('w ' + req.body.w); // safe: injection.command
  exec('x ' + req.body.x); // expect: injection.command
  exec('n ' + req.query.n); // expect: injection.command
});
app.post('/d', checked(S), (req, res) => {
  exec('n ' + req.body.n); // safe: injection.command
  exec('s ' + req.body.s); // expect: injection.command
});
app.post('/e', (req, res) => {
  exec('n ' + req.body.n); // expect: injection.command
});
app.post('/f', (req, res, next) => { req.body = JSON.parse(req.body.text); next(); }, (req, res) => {
  exec('n ' + req.body.n); // expect: injection.command
});
const J = Joi.object({ w: Joi.string().pattern(/^[a-z]+$/), s: Joi.string() });
app.post('/g', (req, res) => { const { value } = J.validate(req.body);
  exec('w ' + value.w); // safe: injection.command
  exec('s ' + value.s); // expect: injection.command
});
app.listen(1);
