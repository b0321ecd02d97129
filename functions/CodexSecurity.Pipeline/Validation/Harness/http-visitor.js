'use strict';
// A visitor who is signed in: sessions, passports, tokens and forms say so, whatever a request carries. Accounts live in a database or
// at a service that the sandbox lacks. What a request itself carries in their place stays as it is.
const base64 = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const facts = { id: 1, _id: '000000000000000000000001', sub: '1', username: 'visitor', name: 'visitor', email: 'visitor@example.org', role: 'admin', roles: ['admin'], permissions: [], isAdmin: true, admin: true };
const token = [base64({ alg: 'HS256', typ: 'JWT' }), base64({ ...facts, exp: 4102444800 }), 'c3g'].join('.');

// What a name asks of the visitor; undefined where it asks something else.
function answer(name) {
  if (typeof name !== 'string') return undefined;
  if (/^(is|has)[A-Z_]|^(logged|signed)_?in$|^auth(enticated|orized|ed)?$|^admin$/i.test(name)) return true;
  if (/^_?(user|account|member|profile|u)?_?id$/i.test(name)) return facts.id;
  if (/email|mail$/i.test(name)) return facts.email;
  if (/^(user|account|login)_?name$|^login$/i.test(name)) return facts.username;
  if (/^role$/i.test(name)) return facts.role;
  if (/token|jwt/i.test(name)) return token;
  return /^(current|auth|logged_?in|session)?_?(user|account|member|profile|identity)$/i.test(name) ? identity : undefined;
}

const knowing = target => new Proxy(target, {
  get: (own, name, self) => Reflect.has(own, name) ? Reflect.get(own, name, self) : answer(name),
});
const identity = knowing({ ...facts });

// The functions of a session end at once; what is written into it stays for the one request.
function session() {
  const then = (...args) => { const done = args[args.length - 1]; if (typeof done === 'function') setImmediate(done); return made; };
  const methods = { cookie: {}, id: 'visitor', sessionID: 'visitor' };
  for (const name of ['save', 'regenerate', 'reload', 'destroy', 'touch', 'resetMaxAge']) Object.defineProperty(methods, name, { value: then, enumerable: false });
  const made = knowing(methods);
  return made;
}

const pass = (req, res, next) => next();
const sessions = Object.assign(() => (req, res, next) => { req.session = session(); req.sessionID = 'visitor'; next(); }, { Store: class Store extends require('events') {}, Session: class Session {}, Cookie: class Cookie {} });
sessions.MemoryStore = class MemoryStore extends sessions.Store {};
const forms = () => (req, res, next) => { req.csrfToken = () => 'visitor'; next(); };

exports.modules = { 'express-session': sessions, 'cookie-session': sessions, 'client-sessions': sessions, csurf: forms };

const changed = new WeakSet();

/** What is left of a module whose decision is who the visitor is. */
exports.adapted = (name, module) => {
  if (module === null || !/^(object|function)$/.test(typeof module) || changed.has(module)) return module;
  if (name === 'jsonwebtoken') {
    changed.add(module);
    const { verify } = module;
    module.verify = (...args) => {
      const done = args[args.length - 1];
      try {
        const value = verify(...args.filter(a => a !== done || typeof done !== 'function'));
        return typeof done === 'function' ? setImmediate(done, null, value) : value;
      } catch (error) {
        return typeof done === 'function' ? setImmediate(done, null, identity) : identity;
      }
    };
  } else if (name === 'passport') {
    changed.add(module);
    const own = Object.getPrototypeOf(module);
    for (const target of [module, own]) {
      target.authenticate = (strategy, options, done = options) => (req, res, next) => typeof done === 'function' ? done(null, identity, {}) : next();
      target.session = () => pass;
    }
  }
  return module;
};

/** Before the program sees a request. */
exports.meet = req => {
  for (const name of ['x-access-token', 'x-auth-token']) if (!(name in req.headers)) req.headers[name] = token;
  if (!('authorization' in req.headers)) req.headers.authorization = 'Bearer ' + token;
  const held = { user: identity, cookies: knowing({}) };
  const keep = (name, fit) => Object.defineProperty(req, name, { configurable: true, enumerable: true, get: () => held[name], set: value => { if (fit(value)) held[name] = name === 'cookies' ? knowing(value) : value; } });
  keep('user', value => value !== null && typeof value === 'object');
  keep('cookies', value => value !== null && typeof value === 'object');
  for (const [name, value] of [['isAuthenticated', () => true], ['isUnauthenticated', () => false]]) Object.defineProperty(req, name, { configurable: true, get: () => value, set: () => undefined });
};
