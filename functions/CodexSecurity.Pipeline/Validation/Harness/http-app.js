'use strict';
// Stands in for an application of Express where a module registers its routes on one that it is given and Express itself is not installed:
// a server with the methods that such modules call. What its answers look like, and which paths sendFile refuses, follows Express 4.
const http = require('http'), fs = require('fs'), path = require('path'), querystring = require('querystring');
const METHODS = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options'], LONGEST_BODY = 1 << 20;
const TYPES = { html: 'text/html; charset=utf-8', text: 'text/plain; charset=utf-8', txt: 'text/plain; charset=utf-8', json: 'application/json; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', xml: 'application/xml', png: 'image/png', svg: 'image/svg+xml' };

// "/a/:id?", "/files/*", expressions and lists of these.
function matcher(pattern, isPrefix) {
  if (Array.isArray(pattern)) {
    const all = pattern.map(p => matcher(p, isPrefix));
    return target => { for (const m of all) { const found = m(target); if (found) return found; } return null; };
  }
  if (pattern instanceof RegExp) return target => { const m = pattern.exec(target); return m && { params: Object.assign({}, [...m].slice(1)), length: 0 }; };
  const names = [];
  const text = ('' + pattern).replace(/\/+$/, '').replace(/\\?[.+^${}|[\]\\]|\/?:(\w+)(\([^)]*\))?(\?)?|\*/g, (part, name, form, optional) => {
    if (part === '*') { names.push('' + names.length); return '(.*)'; }
    if (name === undefined) return part.startsWith('\\') ? part : '\\' + part;
    names.push(name);
    const slash = part.startsWith('/') ? '/' : '', inner = slash + (form || '([^/]+?)');
    return optional ? '(?:' + inner + ')?' : inner;
  });
  const expression = new RegExp('^' + text + (isPrefix ? '(?=/|$)' : '/?$'), 'i');
  return target => {
    const m = expression.exec(target);
    if (!m) return null;
    const params = {};
    names.forEach((name, i) => { try { params[name] = m[i + 1] === undefined ? undefined : decodeURIComponent(m[i + 1]); } catch (e) { params[name] = m[i + 1]; } });
    return { params, length: m[0].length };
  };
}

function decorate(req, res) {
  const [address, search = ''] = req.url.split('#')[0].split(/\?(.*)/s);
  const header = name => req.headers[('' + name).toLowerCase()];
  Object.assign(req, {
    originalUrl: req.url, baseUrl: '', path: address, query: Object.assign({}, querystring.parse(search)), params: {}, body: {}, cookies: {}, signedCookies: {},
    session: {}, ip: '127.0.0.1', hostname: 'localhost', protocol: 'http', secure: false, xhr: header('x-requested-with') === 'XMLHttpRequest', get: header, header, res,
    is: type => (header('content-type') || '').includes(type) && type, accepts: types => [].concat(types)[0], param: name => req.params[name] ?? req.body[name] ?? req.query[name],
  });
  for (const pair of (header('cookie') || '').split(';')) if (pair.includes('=')) req.cookies[pair.split('=')[0].trim()] = querystring.unescape(pair.slice(pair.indexOf('=') + 1).trim());
  const set = (name, value) => { for (const [n, v] of typeof name === 'object' ? Object.entries(name) : [[name, value]]) res.setHeader(n, v); return res; };
  const typed = type => { if (!res.getHeader('content-type')) res.setHeader('content-type', type); };
  const sendFile = (file, options, done) => {
    const root = options && typeof options === 'object' && options.root, then = [options, done].find(f => typeof f === 'function') || (error => { if (error) res.status(error.status || 404).end(); });
    if (typeof file !== 'string' || !root && !path.isAbsolute(file)) throw new TypeError('path must be absolute or specify root to res.sendFile');
    const names = file.split(/[\\/]/);
    if (names.includes('..')) return then(Object.assign(new Error('Forbidden'), { status: 403 }));
    if (names.some(n => n.length > 1 && n.startsWith('.'))) return then(Object.assign(new Error('Not Found'), { status: 404 }));
    fs.readFile(root ? path.join(root, file) : file, (error, data) => {
      if (error) return then(Object.assign(error, { status: 404 }));
      typed(TYPES[path.extname(file).slice(1)] || 'application/octet-stream');
      res.end(data);
      then();
    });
  };
  Object.assign(res, {
    locals: {}, req, set, header: set, get: name => res.getHeader(name), status: code => { res.statusCode = code; return res; }, sendStatus: code => res.status(code).type('text').send('' + code),
    type: name => set('content-type', name.includes('/') ? name : TYPES[name.replace(/^\./, '')] || 'application/octet-stream'), json: value => { typed(TYPES.json); res.end(JSON.stringify(value) ?? ''); return res; },
    send: value => {
      if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value) || typeof value === 'boolean') return res.json(value);
      typed(Buffer.isBuffer(value) ? 'application/octet-stream' : TYPES.html);
      res.end(Buffer.isBuffer(value) ? value : value === undefined || value === null ? '' : '' + value);
      return res;
    },
    redirect: (status, to) => { const target = typeof status === 'number' ? to : status; res.status(typeof status === 'number' ? status : 302).set('location', encodeURI('' + target)).type('text').end('Redirecting'); },
    cookie: (name, value) => { res.appendHeader('set-cookie', name + '=' + encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value) + '; Path=/'); return res; }, clearCookie: () => res,
    sendFile, sendfile: sendFile, download: (file, name, done) => sendFile(file, done), render: () => { throw new Error('there are no views here'); }, vary: () => res, links: () => res, attachment: () => res,
  });
  res.jsonp = res.json;
}

function readBody(req) {
  return new Promise(done => {
    const chunks = [];
    let size = 0;
    req.on('data', d => { if ((size += d.length) <= LONGEST_BODY) chunks.push(d); });
    req.on('error', () => done());
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8'), type = req.headers['content-type'] || '';
      // As the usual parser refuses what it can't read.
      try { if (type.includes('json')) req.body = JSON.parse(text); else if (type.includes('urlencoded')) req.body = Object.assign({}, querystring.parse(text)); } catch (e) { return done(e); }
      done();
    });
  });
}

function application() {
  const routes = [], settings = new Map();
  const server = http.createServer(async (req, res) => {
    decorate(req, res);
    const problem = ['GET', 'HEAD'].includes(req.method) ? undefined : await readBody(req);
    if (problem) return res.status(400).end();
    walk(req, res, error => { if (!res.headersSent) res.statusCode = error ? 500 : 404; res.end(); });
  });
  function walk(req, res, done) {
    const steps = routes.flatMap(r => r.handlers.map(handler => ({ r, handler })));
    const whole = req.url;
    (function next(error) {
      req.url = whole;
      const step = steps.shift();
      if (!step) return done(error);
      const { r, handler } = step, found = (!r.method || r.method === req.method.toLowerCase() || r.method === 'get' && req.method === 'HEAD') && r.match(whole.split('?')[0]);
      if (!found || (handler.length === 4) !== Boolean(error)) return next(error);
      req.params = found.params;
      if (r.isPrefix && found.length) req.url = whole.slice(found.length).startsWith('/') ? whole.slice(found.length) : '/' + whole.slice(found.length);
      try {
        const result = error ? handler(error, req, res, next) : handler(req, res, next);
        if (result && typeof result.then === 'function') result.then(undefined, next);
      } catch (e) {
        process.emit('uncaughtException', e);
        next(e);
      }
    })();
  }
  const add = (method, isPrefix) => function (pattern, ...handlers) {
    if (method === 'get' && handlers.length === 0) return settings.get(pattern);
    if (typeof pattern === 'function' || Array.isArray(pattern) && typeof pattern[0] === 'function') { handlers.unshift(pattern); pattern = isPrefix ? '' : '*'; }
    server.touched = true;
    routes.push({ method, isPrefix, match: matcher(pattern, isPrefix), handlers: handlers.flat(Infinity).filter(h => typeof h === 'function') });
    return server;
  };
  for (const method of METHODS) server[method] = add(method, false);
  return Object.assign(server, {
    del: server.delete, all: add('', false), use: add('', true), set: (name, value) => { settings.set(name, value); return server; }, enable: name => server.set(name, true), disable: name => server.set(name, false),
    enabled: name => Boolean(settings.get(name)), disabled: name => !settings.get(name), engine: () => server, param: () => server, locals: {}, settings: {}, mountpath: '/',
    route: pattern => { const at = {}; for (const name of [...METHODS, 'all']) at[name] = (...handlers) => { server[name](pattern, ...handlers); return at; }; return at; },
  });
}

module.exports = application;
