'use strict';
// Loaded before the server's own code (NODE_OPTIONS=--require). It tells the client which ports are listened on and what went wrong,
// and smooths over what a sandbox lacks: privileged ports, certificates, other network interfaces. It never touches requests or files.
const fs = require('fs'), net = require('net'), http = require('http'), https = require('https'), os = require('os'), Module = require('module');
const { appendFileSync, readFileSync, existsSync } = fs, { stringify, parse } = JSON, { ownKeys } = Reflect;
const log = '/tmp/csx-events.jsonl';
const input = parse(readFileSync('/work/poc/http-input.json', 'utf8'));
const seen = Symbol.for('csx.listening');
const recent = new Set();

// V8 interprets an expression once and compiles it when it is used again: a first request would not grow as those to a running server do.
if (input.steady) require('v8').setFlagsFromString('--no-regexp-tier-up');

function note(event) {
  const line = stringify(event);
  if (recent.size > 200 || recent.has(line)) return;
  recent.add(line);
  try { appendFileSync(log, line + '\n'); } catch (e) { process.stderr.write('csx: ' + e.message + '\n'); }
}

function failed(error) {
  const text = error && error.stack ? '' + error.stack : '' + error;
  note({ error: text.slice(0, 1200) });
}

// A server that throws while it answers one request goes on: a supervisor would start it again.
process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);

process[seen] = 0;
const listen = net.Server.prototype.listen;
const local = host => host === undefined || host === null || host === '' || ['0.0.0.0', '::', '::1', '127.0.0.1', 'localhost'].includes('' + host);
const port = value => Number(value) > 0 && Number(value) < 1024 ? 20000 + Number(value) : value;
net.Server.prototype.listen = function (...args) {
  const first = args[0];
  if (first !== null && typeof first === 'object' && !('fd' in first) && !first._handle) {
    args[0] = Object.assign({}, first, 'port' in first ? { port: port(first.port) } : {});
    if (!local(first.host)) args[0].host = '127.0.0.1';
  } else if (typeof first === 'number' || typeof first === 'string' && /^\d+$/.test(first)) {
    args[0] = port(first);
    if (typeof args[1] === 'string' && !local(args[1])) args[1] = '127.0.0.1';
  }
  this.once('listening', () => {
    const address = this.address();
    process[seen]++;
    note({ listen: address && typeof address === 'object' ? address.port : 0, host: address && address.address, http: this instanceof http.Server });
  });
  return listen.apply(this, args);
};

// The transport is not what is attacked: the same handler without TLS.
const plain = args => http.createServer(...args.filter(a => typeof a === 'function'));
https.createServer = (...args) => plain(args);
https.Server = function (...args) { return plain(args); };
https.Server.prototype = http.Server.prototype;

// An installed package finds itself by its name.
const resolve = Module._resolveFilename;
let own = '';
try { own = parse(readFileSync('/work/app/package.json', 'utf8')).name; } catch (e) { own = ''; }
Module._resolveFilename = function (name, ...rest) {
  try {
    return resolve.call(this, name, ...rest);
  } catch (error) {
    if (typeof own !== 'string' || !own || name !== own && !('' + name).startsWith(own + '/')) throw error;
    return resolve.call(this, '/work/app' + name.slice(own.length), ...rest);
  }
};

const interfaces = os.networkInterfaces;
os.networkInterfaces = function () {
  const card = [{ address: '127.0.0.1', netmask: '255.0.0.0', family: 'IPv4', mac: '02:00:00:00:00:01', internal: false, cidr: '127.0.0.1/8' }];
  const result = interfaces.call(os);
  for (const name of ['eth0', 'en0', 'wlan0']) if (!result[name]) result[name] = [...card];
  return result;
};

// Evaluated code that calls this name starts a program, which is seen from outside.
if (input.beacon) {
  const { spawnSync } = require('child_process');
  globalThis[input.beacon] = tag => { spawnSync(input.beacon + (tag || '')); return 0; };
}

// A fresh object that carries the nonce: then a request changed its prototype.
if (input.pollution) {
  const wanted = input.pollution.toLowerCase(), known = new Set(ownKeys(Object.prototype));
  const look = () => {
    for (const key of ownKeys(Object.prototype)) {
      if (typeof key === 'symbol' || known.has(key)) continue;
      const value = Object.prototype[key];
      if (({})[key] === value && (key.toLowerCase().includes(wanted) || typeof value === 'string' && value.toLowerCase().includes(wanted))) note({ polluted: key });
      Reflect.deleteProperty(Object.prototype, key);
    }
  };
  const emit = http.Server.prototype.emit;
  http.Server.prototype.emit = function (name, ...args) {
    if (name === 'request' && args[1]) args[1].once('close', look);
    return emit.call(this, name, ...args);
  };
  setInterval(look, 30).unref();
}

// Database drivers are replaced by ones that record what they are asked: there is no database in the sandbox.
// An assisted start has stand-ins for what was not built either, and a visitor who is signed in.
const assisted = process.env.CSX_ASSISTED === '1';
if ((input.queries || assisted) && existsSync(__dirname + '/http-drivers.js')) {
  const { drivers, adapted, standIn } = require('./http-drivers.js')(query => note({ query }), assisted);
  const visitor = assisted ? require('./http-visitor.js') : null, unbuilt = new Map(), load = Module._load;
  // What compiled code of a package says that was not compiled: set-up runs no scripts of packages.
  const isUnbuilt = error => error && (error.code === 'ERR_DLOPEN_FAILED' || /\.node\b|bindings file|native build|prebuil|build\/Release|node-gyp/i.test('' + error.message));
  // What an ES module imports comes by its path.
  const packageOf = (path, parent) => {
    const at = parent ? -1 : path.lastIndexOf('/node_modules/');
    if (at < 0) return path;
    const [first, second = ''] = path.slice(at + '/node_modules/'.length).split('/');
    return first.startsWith('@') ? first + '/' + second : Object.hasOwn(drivers, first + '/' + second.replace(/\.c?js$/, '')) ? first + '/' + second.replace(/\.c?js$/, '') : first;
  };
  // Its importer reads the module's record, not what loading gives.
  const instead = (path, exports) => {
    if (Module._cache[path]) Object.assign(Module._cache[path], { exports, loaded: true });
    return exports;
  };
  Module._load = function (path, parent, ...rest) {
    const name = packageOf('' + path, parent);
    if (Object.hasOwn(drivers, name)) return instead(path, drivers[name]);
    if (!visitor) return adapted(name, load.call(this, path, parent, ...rest));
    if (unbuilt.has(name)) return instead(path, unbuilt.get(name));
    if (Object.hasOwn(visitor.modules, name)) return instead(path, visitor.modules[name]);
    try {
      return visitor.adapted(name, adapted(name, load.call(this, path, parent, ...rest)));
    } catch (error) {
      if (/^[./]/.test(name) || !isUnbuilt(error)) throw error;
      note({ error: 'a stand-in for ' + name + ', which is not compiled here: ' + error.message });
      unbuilt.set(name, standIn(name));
      return instead(path, unbuilt.get(name));
    }
  };
  if (visitor) {
    const emit = http.Server.prototype.emit;
    http.Server.prototype.emit = function (name, ...args) {
      if (name === 'request' && args[0]) visitor.meet(args[0]);
      return emit.call(this, name, ...args);
    };
  }
}
