'use strict';
// Starts a server that is an export of a module: calls it the way its names suggest and listens with whatever comes back.
const http = require('http'), url = require('url'), fs = require('fs'), path = require('path');
const { build } = require('./values.js'), application = require('./http-app.js');
const plan = JSON.parse(fs.readFileSync(__dirname + '/http-input.json', 'utf8')).starts[Number(process.argv[2])].module;
const seen = Symbol.for('csx.listening');
const pause = ms => new Promise(done => setTimeout(done, ms));
const { port, root, variant } = plan;
const done = () => {};

function options() {
  const o = { port, host: '127.0.0.1', hostname: '127.0.0.1', open: false, quiet: true, silent: true, logging: false };
  for (const name of ['root', 'rootDir', 'rootPath', 'dir', 'directory', 'path', 'folder', 'base', 'basePath', 'baseDir', 'basedir', 'public', 'publicDir', 'static', 'staticDir', 'staticPath',
    'www', 'wwwroot', 'webroot', 'webRoot', 'docroot', 'documentRoot', 'docRoot', 'cwd', 'contentBase', 'source', 'src', 'home', 'assets', 'serve', 'files']) o[name] = root;
  for (const name of plan.texts || []) if (!(name in o)) o[name] = /port/i.test(name) ? port : root;
  return o;
}

function parameters(f) {
  const text = Function.prototype.toString.call(f).slice(0, 2000);
  const match = /^(?:async\s*)?(?:function\s*\*?\s*[\w$]*\s*|[\w$]*\s*)?\(([^)]*)\)/.exec(text) || /^(?:async\s+)?([\w$]+)\s*=>/.exec(text);
  return match ? match[1].split(',').map(p => p.trim().replace(/\s*=.*$/s, '')).filter(Boolean) : [];
}

function guess(name, index) {
  if (/^\{/.test(name) || /^(o|opt|opts|option|options|conf|config|cfg|settings|args|argv|params|obj)$/i.test(name)) return options();
  if (/port/i.test(name)) return port;
  if (/^(cb|callback|done|next|fn|func|ready|onlisten|handler)$/i.test(name)) return done;
  if (/host|addr|^ip$|domain/i.test(name)) return '127.0.0.1';
  if (/root|dir|path|folder|base|static|public|www|src|source|file|cwd|location/i.test(name)) return root;
  if (/^(app|express|application|router|webapp|server)$/i.test(name)) return given();
  return index === 0 ? options() : undefined;
}

// A module that registers its routes gets an application: of its own Express, else what stands in for one. It listens once the module has used it.
let offered;
function given() {
  if (offered) return offered;
  try {
    const express = require(require.resolve('express', { paths: [fs.statSync(plan.file).isDirectory() ? plan.file : path.dirname(plan.file), '/work'] }));
    offered = express();
    if (express.json) offered.use(express.json(), express.urlencoded({ extended: true }));
    for (const name of ['use', 'all', 'get', 'post', 'put', 'delete', 'patch', 'route']) {
      const method = offered[name];
      offered[name] = function (...args) { if (name !== 'get' || args.length > 1) offered.touched = true; return method.apply(this, args); };
    }
  } catch (e) {
    offered = application();
  }
  return offered;
}

const shapes = [
  f => parameters(f).map(guess), () => [options(), done], () => [], () => [root, options(), done], () => [port, root, done], () => [root, port, done], () => [port, done],
];

const isHandler = f => {
  const names = parameters(f);
  return names.length >= 2 && names.length <= 4 && (/^_?(req|request|rq|incoming)$/i.test(names[0]) || /^_?(res|response|resp|rs|reply)$/i.test(names[1]) || names.length === 2 && /^(q|i)$/.test(names[0]) && /^(s|o|r)$/.test(names[1]));
};

function wrap(handler, self) {
  http.createServer((req, res) => {
    const next = error => { if (!res.headersSent) res.statusCode = error ? 500 : 404; res.end(); };
    const result = handler.call(self, req, res, next);
    if (result && typeof result.then === 'function') result.then(undefined, next);
  }).listen(port, '127.0.0.1');
}

const starters = ['listen', 'start', 'startServer', 'run', 'serve', 'server', 'createServer', 'create', 'launch', 'up', 'open', 'init', 'boot', 'bootstrap', 'main', 'default',
  'callback', 'handler', 'handle', 'middleware', 'static', 'http', 'app', 'ongenerate', 'generateBundle', 'writeBundle', 'buildStart', 'buildEnd', 'configureServer', 'apply', 'process', 'execute', 'begin', 'setup', 'new'];

// Whether something listens by now. What is under way gets 300 ms; where nothing is, nothing will.
const active = process.getActiveResourcesInfo.bind(process);
void [process.stdout, process.stderr];
const stdio = active().length, MOMENT = 5, MOMENTS = 60, GRACE = 4;
async function quiet() {
  for (let i = 0, idle = 0; i < MOMENTS && idle < GRACE && !process[seen]; i++) {
    await pause(MOMENT);
    idle = active().length > stdio ? 0 : idle + 1;
  }
  return process[seen] > 0;
}

const tried = new Set();

// Whatever may be a server or lead to one: bounded in depth and number.
async function use(value, self, depth) {
  if (value && typeof value.then === 'function') value = await Promise.race([value, pause(1500)]);
  if (await quiet() || value === null || value === undefined || depth > 3 || tried.has(value) || tried.size > 40) return;
  if (typeof value !== 'function' && typeof value !== 'object') return;
  tried.add(value);
  if (typeof value.listen === 'function') {
    const result = attempt(() => /fastify/i.test(value.constructor && value.constructor.name || '') || typeof value.inject === 'function' && typeof value.register === 'function'
      ? value.listen({ port, host: '127.0.0.1' }) : value.listen(port));
    if (result && typeof result.then === 'function') await Promise.race([result, pause(800)]);
    if (await quiet()) return;
  }
  if (typeof value === 'function') {
    if (isHandler(value)) return wrap(value, self);
    if (typeof value.handle === 'function' && typeof value.use === 'function') return wrap(value, self);
    const args = shapes[variant](value);
    let result = attempt(() => Reflect.apply(value, self, args));
    if (result === refused || value.prototype && Object.keys(value.prototype).some(k => starters.includes(k)) || /^class\b/.test(Function.prototype.toString.call(value))) result = attempt(() => Reflect.construct(value, args));
    if (offered && offered.touched && !await quiet()) attempt(() => offered.listen(port, '127.0.0.1'));
    if (result !== refused) await use(result, undefined, depth + 1);
    if (await quiet()) return;
  }
  const names = [...starters.filter(n => typeof read(value, n) === 'function' || read(value, n) && typeof read(value, n) === 'object'),
    ...Object.keys(value).filter(n => !starters.includes(n) && typeof read(value, n) === 'function').slice(0, 12)];
  for (const name of names) {
    if (name === 'listen' || await quiet()) continue;
    const member = read(value, name);
    if (member !== Function.prototype[name]) await use(member, value, depth + 1);
  }
}

const refused = Symbol('refused');
function attempt(action) {
  try {
    return action();
  } catch (error) {
    process.stderr.write((error && error.stack || error) + '\n');
    process.emit('uncaughtException', error);
    return refused;
  }
}

function read(value, name) {
  try { return value[name]; } catch (e) { return undefined; }
}

async function load() {
  try {
    return require(plan.file);
  } catch (error) {
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error && error.code) && !/import statement|Unexpected token 'export'|import\.meta/.test(error && error.message)) throw error;
    return import(url.pathToFileURL(fs.statSync(plan.file).isDirectory() ? require.resolve(plan.file) : plan.file).href);
  }
}

// The way that the analysis found: constructors and factories get what the code expects of them.
function reach(exported) {
  let value = exported, self;
  for (const step of plan.access) {
    if (step.kind === 'property') {
      self = value;
      value = value[step.name] === undefined && value.default ? value.default[step.name] : value[step.name];
    } else {
      const args = variant === 0 && step.args.length ? step.args.map(build) : shapes[variant](value);
      value = step.kind === 'new' ? Reflect.construct(value, args) : Reflect.apply(value, self, args);
      self = undefined;
    }
  }
  return { value, self };
}

// What loading fails by, no argument mends: its status says so to the planner.
const NOT_LOADED = 5, FAILED = 4;
function end(error, status) {
  process.emit('uncaughtException', error);
  process.stderr.write((error && error.stack || error) + '\n');
  setTimeout(() => process.exit(status), 50);
}

async function main() {
  let exported;
  try {
    exported = await load();
  } catch (error) {
    return end(error, NOT_LOADED);
  }
  // What listens once it is loaded takes no arguments.
  if (await quiet()) return fs.appendFileSync('/tmp/csx-events.jsonl', '{"onLoad":true}\n');
  if (plan.access.length) {
    const reached = attempt(() => reach(exported));
    if (reached !== refused) await use(reached.value, reached.self, 1);
    if (await quiet()) return;
  }
  await use(exported, undefined, 0);
  if (!await quiet()) {
    // What is still under way may listen yet.
    if (active().length > stdio) await pause(400);
    if (!process[seen]) { process.stderr.write('csx: nothing listens\n'); process.exit(3); }
  }
}

main().catch(error => end(error, FAILED));
