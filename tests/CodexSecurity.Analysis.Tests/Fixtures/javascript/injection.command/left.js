// What handlers leave on the request for those behind them.
const express = require('express'), Koa = require('koa'), cp = require('child_process'), jwt = require('jsonwebtoken');
const app = express();
app.use((req, res, next) => { req.name = req.query.name; req.count = Number(req.query.count); next(); });
app.get('/a', (req, res) => {
  cp.exec('ls ' + req.name); // expect: injection.command
  cp.exec('ls ' + req.count); // safe: injection.command
  cp.exec('ls ' + req.unset); // safe: injection.command
});
app.param('id', (req, res, next, id) => { req.item = id; next(); });
app.get('/b/:id', (req, res) => cp.exec('ls ' + req.item)); // expect: injection.command
app.use((req, res, next) => { res.locals.dir = req.query.dir; next(); });
app.get('/c', (req, res) => cp.exec('ls ' + res.locals.dir)); // expect: injection.command
function load(req, res, next) { req.doc = { name: req.body.doc }; next(); }
app.post('/d', load, (req, res) => cp.exec('cat ' + req.doc.name)); // expect: injection.command
const router = express.Router();
router.use(function (req, res, next) { Object.assign(req, { context: { user: req.headers['x-user'] } }); next(); });
router.get('/e', (req, res) => cp.exec('id ' + req.context.user)); // expect: injection.command
app.use('/r', router);
// What the server signed, it wrote itself.
app.use((req, res, next) => { req.account = jwt.verify(req.headers.authorization, process.env.KEY); next(); });
app.get('/f', (req, res) => cp.exec('id ' + req.account.name)); // safe: injection.command
app.use((req, res, next) => { req.claims = jwt.decode(req.headers.authorization); next(); });
app.get('/g', (req, res) => cp.exec('id ' + req.claims.name)); // expect: injection.command
// A session belongs to other requests as well.
app.use((req, res, next) => { req.session.dir = '/tmp'; next(); });
app.get('/h', (req, res) => cp.exec('ls ' + req.session.dir)); // safe: injection.command
app.listen(3000);

const koa = new Koa();
koa.use(async (ctx, next) => { ctx.state.name = ctx.query.name; await next(); });
koa.use(async ctx => { cp.exec('ls ' + ctx.state.name); }); // expect: injection.command
koa.listen(3001);
