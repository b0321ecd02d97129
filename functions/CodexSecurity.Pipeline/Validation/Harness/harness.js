'use strict';
// Calls a function of the project as the plan (input.json) says and reports what came back to /out/result.json.
// It judges nothing. Intrinsics are kept from before the project's code is loaded.
const fs = require('fs'), vm = require('vm'), url = require('url'), childProcess = require('child_process'), EventEmitter = require('events');
const { build, calls, anything } = require('./values.js');
const { stringify, parse } = JSON, { ownKeys } = Reflect, write = fs.writeFileSync, now = process.cpuUsage;
const spawnSync = childProcess.spawnSync, exit = process.exit;
const input = parse(fs.readFileSync(__dirname + '/input.json', 'utf8'));
const report = { loaded: false, cases: [], stray: [], ways: [], stacks: {} };
// Of what nobody caught some is enough, and what calls show is compared where there are few: a report that is too long is not read.
const MOST_STRAY = 40, MOST_COMPARED = 20;
function astray(e) {
  const said = describe(e);
  if (report.stray.length < MOST_STRAY && !report.stray.some(s => s.message === said.message)) report.stray.push(said);
}
const spent = input.growth && input.growth.expression ? probe(input.growth.expression) : null;
const prototypes = { Object: Object.prototype, Array: Array.prototype, Function: Function.prototype, String: String.prototype };
const before = {};
for (const name of Object.keys(prototypes)) before[name] = new Set(ownKeys(prototypes[name]));
const nonce = input.nonce.toLowerCase();

function preview(value, depth = 4, seen = []) {
  if (typeof value === 'string') return value.length > 20000 ? value.slice(0, 20000) + '[cut]' : value;
  if (value === undefined || typeof value === 'number' && !isFinite(value)) return '' + value;
  if (typeof value === 'function') return '[function]';
  if (typeof value === 'symbol' || typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0 || seen.includes(value)) return '[object]';
  seen = [...seen, value];
  try {
    if (Buffer.isBuffer(value) || value instanceof Uint8Array) return Buffer.from(value).toString('utf8', 0, 20000);
    if (value instanceof childProcess.ChildProcess) return '[child process]';
    if (value instanceof Error) return { error: value.name, message: preview('' + value.message, 1) };
    if (value instanceof Date || value instanceof RegExp) return '' + value;
    if (value instanceof Map || value instanceof Set) value = [...value];
    if (Array.isArray(value)) return value.slice(0, 100).map(x => preview(x, depth - 1, seen));
    const result = Object.create(null);
    for (const key of Object.keys(value).slice(0, 60)) result[key === '__proto__' ? 'own __proto__' : key] = preview(value[key], depth - 1, seen);
    return result;
  } catch (e) {
    return '[unreadable]';
  }
}

// A report that is too long is not read: what is shown of values has a limit for a case and one for all, and what errors say has one for all.
const SHOWN_ONCE = 24000;
let room = 150000, saidRoom = 120000;
function brief(value) {
  const shown = preview(value), text = stringify(shown) || '', size = Math.min(text.length, SHOWN_ONCE);
  if (room < size) return '[cut]';
  room -= size;
  return text.length > size ? text.slice(0, size) + '[cut]' : shown;
}

// How long one regular expression took, told by its source, and how long the longest text was that it read: as the project's code uses it, whatever the way.
function probe(source) {
  const { prototype } = RegExp, real = prototype.exec, { apply } = Reflect, sourceOf = Object.getOwnPropertyDescriptor(prototype, 'source').get;
  const plain = text => text.split('\\/').join('/'), wanted = plain(source), sum = { cpu: 0, longest: 0, since: null };
  prototype.exec = function exec(text) {
    if (!(this instanceof RegExp) || plain(apply(sourceOf, this, [])) !== wanted) return apply(real, this, [text]);
    text = '' + text;
    if (text.length > sum.longest) sum.longest = text.length;
    sum.since = now();
    try {
      return apply(real, this, [text]);
    } finally {
      sum.end();
    }
  };
  // What is stopped by its limit runs no block behind it.
  sum.end = () => {
    const used = sum.since ? now(sum.since) : { user: 0, system: 0 };
    sum.cpu += (used.user + used.system) / 1000;
    sum.since = null;
  };
  return sum;
}

// Methods that a constructor gives each object by itself, told from one that is made with an empty object.
const MAKING = 100;
function given(value, prefix) {
  if (!/(^|\.)[A-Z][^.]*$/.test(prefix || value.name)) return [];
  try {
    const made = bounded(() => Reflect.construct(value, [{}]), MAKING);
    return Object.keys(made).filter(name => typeof made[name] === 'function');
  } catch (e) {
    return [];
  }
}

// The functions that a module offers, as "name", "group.name", "new Class.method", "" for itself: each once, by its shortest name, and what is reached without making an object first.
const MOST_WAYS = 400;
function waysInto(exported) {
  const ways = [], known = new Set(), below = (prefix, name) => prefix ? prefix + '.' + name : name;
  const held = (value, name) => { try { return value[name]; } catch (e) { return undefined; } };
  let level = [['', exported]], methods = [];
  for (let deep = 2; deep >= 0 && ways.length < MOST_WAYS; deep--) {
    const next = [];
    for (const [prefix, value] of level) {
      if (value === null || typeof value !== 'object' && typeof value !== 'function' || known.has(value)) continue;
      known.add(value);
      if (typeof value === 'function') {
        ways.push(prefix);
        const own = value.prototype && typeof value.prototype === 'object' ? Object.getOwnPropertyNames(value.prototype) : [];
        const names = own.filter(name => name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(value.prototype, name).value === 'function');
        for (const name of new Set([...names, ...given(value, prefix)])) methods.push(`new ${prefix}.${name}`);
      }
      if (deep > 0) for (const name of Object.keys(value)) next.push([below(prefix, name), held(value, name)]);
    }
    // What the module itself makes comes behind what it offers beside.
    if (deep < 2) ways.push(...methods.splice(0));
    level = next;
  }
  return [...new Set(ways)].filter(w => /^[\w$. ]{0,80}$/.test(w)).slice(0, MOST_WAYS);
}

function describe(error) {
  if (error === null || typeof error !== 'object') return { name: 'thrown', message: '' + preview(error), stack: '', code: '' };
  let fields = { name: 'Error', message: '', stack: '', code: '' };
  try {
    fields = { name: '' + error.name, message: ('' + error.message).slice(0, 2000), stack: ('' + error.stack).slice(0, 1500), code: '' + (error.code || '') };
    // Where hundreds of calls fail the first stacks tell enough.
    const size = fields.message.length + fields.stack.length;
    if (saidRoom < size) [fields.message, fields.stack] = [fields.message.slice(0, 100), ''];
    else saidRoom -= size;
  } catch (e) {
    fields.message = '[unreadable error]';
  }
  return fields;
}

// A fresh object, made after the call by code of ours, carries the nonce: then the prototype was changed.
function fresh() { return {}; }
function polluted() {
  const found = [];
  for (const name of Object.keys(prototypes)) {
    for (const key of ownKeys(prototypes[name])) {
      if (before[name].has(key) || typeof key === 'symbol') continue;
      let bound = false, seen = false;
      try {
        const value = prototypes[name][key];
        bound = key.toLowerCase().includes(nonce) || typeof value === 'string' && value.toLowerCase().includes(nonce);
        seen = name === 'Object' ? fresh()[key] === value : name === 'Array' ? [][key] === value : name === 'String' ? ''[key] === value : fresh[key] === value;
      } catch (e) {
        seen = false; // a getter of the project's that throws
      }
      if (bound && seen) found.push({ prototype: name, key });
      if (!bound || !Reflect.deleteProperty(prototypes[name], key)) before[name].add(key);
    }
  }
  return found;
}

const pause = (timer => ms => new Promise(done => timer(done, ms)))(setTimeout), clock = (read => () => Number(read() / 1000000n))(process.hrtime.bigint);
// What keeps the process alive beside its standard streams, which are opened here. Work on the thread pool is not listed: hence the grace.
const active = process.getActiveResourcesInfo.bind(process);
void [process.stdout, process.stderr];
const stdio = active().length, MOMENT = 3, GRACE = 8, BUSY = 32, PATIENCE = 2000, VAIN = 12, TURNS = 3;

// Waits until it is so, at most ms; ends early once nothing is under way that could still bring it about. After many waits in a row in which nothing was
// under way and nothing came, some turns of the loop have to do: what comes late all the same is seen in the cases behind, and makes them wait again.
const turn = (immediate => () => new Promise(done => immediate(done)))(setImmediate);
let vain = 0;
async function settle(isSo, ms) {
  if (isSo()) return;
  let busy = false;
  // Most of what comes at all comes within a turn or two.
  for (let n = 0; n < TURNS && !isSo(); n++) await turn();
  for (let idle = vain < VAIN || active().length > stdio ? 0 : GRACE, end = clock() + ms; !isSo() && idle < GRACE && clock() < end;) {
    await pause(MOMENT);
    const underWay = active().length > stdio;
    busy ||= underWay;
    idle = underWay ? 0 : idle + 1;
  }
  vain = isSo() || busy ? 0 : vain + 1;
}

async function within(promise, ms) {
  let state = '';
  let outcome = '[pending]';
  promise.then(v => { state = 'kept'; outcome = v; }, e => { state = 'broken'; outcome = e; });
  await settle(() => state !== '', ms);
  if (state === 'broken') throw outcome;
  return outcome;
}

const isThenable = x => x !== null && (typeof x === 'object' || typeof x === 'function') && typeof x.then === 'function';

// Synchronous code of the project is stopped after a while, so that one bad case does not take the others with it.
function bounded(action, timeout) {
  if (!timeout) return action();
  globalThis.__csx_call = action;
  try { return new vm.Script('__csx_call()').runInThisContext({ timeout }); } finally { delete globalThis.__csx_call; }
}

// What is written for a bundler names modules without their endings, and folders for their index: such names are looked up where node finds nothing.
const UNRESOLVED = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'];
function resolveAsBundlers() {
  const { register } = require('module');
  if (!register) return;
  const hook = `export async function resolve(name, context, next) {
    try {
      return await next(name, context);
    } catch (error) {
      if (!${stringify(UNRESOLVED)}.includes(error.code) || !/^\\.{0,2}\\//.test(name)) throw error;
      for (const end of ['.js', '.mjs', '/index.js', '/index.mjs']) {
        try { return await next(name + end, context); } catch { /* the next ending */ }
      }
      throw error;
    }
  }`;
  register('data:text/javascript,' + encodeURIComponent(hook));
}

async function load() {
  const file = input.module;
  try {
    return require(file);
  } catch (error) {
    const esm = ['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', ...UNRESOLVED].includes(error && error.code)
      || error instanceof SyntaxError && /import statement|Unexpected token 'export'|import\.meta/.test(error.message);
    if (!esm) throw error;
    if (UNRESOLVED.includes(error.code)) resolveAsBundlers();
  }
  const { href } = url.pathToFileURL(fs.statSync(file).isDirectory() ? require.resolve(file) : file);
  try {
    return await import(href);
  } catch (error) {
    if (!UNRESOLVED.includes(error && error.code)) throw error;
    resolveAsBundlers();
    return import(href);
  }
}

function read(value, name) {
  if (value === null || value === undefined) throw new TypeError(`no export: ${name} of ${value}`);
  if (name === '*' && !Object.hasOwn(value, name)) return anyOf(value);
  let next = value[name];
  // Interop: a module without "default" is its own default, and named exports may sit below it.
  if (next === undefined && name === 'default') next = value;
  if (next === undefined && value.default !== undefined && value.default !== null) next = value.default[name];
  return next;
}

// What there is instead of a name that is missing; said only where it can be said whole.
const MOST_OFFERED = 60;
function offered(value) {
  const names = new Set([value, value.default].filter(x => x !== null && (typeof x === 'object' || typeof x === 'function')).flatMap(x => Object.keys(x)));
  return names.size > MOST_OFFERED || [...names].some(n => !/^[\w$]{1,60}$/.test(n)) ? '' : ` (of ${typeof value === 'function' ? 'a function' : 'an object'} with: ${[...names].join(', ')})`;
}

// A name that the analysis does not know, as the program computes it: what stands under the first that gives a function, or else an object.
function anyOf(value) {
  const held = Object.getOwnPropertyNames(value).filter(n => !['length', 'name', 'prototype', 'arguments', 'caller'].includes(n)).map(n => value[n]);
  return held.find(x => typeof x === 'function') ?? held.find(x => x !== null && typeof x === 'object');
}

async function reach(exported, access) {
  let value = exported, self;
  for (const step of access) {
    if (step.kind === 'property') {
      self = value;
      value = read(value, step.name);
      if (value === undefined) throw new TypeError('no export: ' + step.name + offered(self));
    } else {
      if (typeof value !== 'function' && value && typeof value.default === 'function') value = value.default;
      const args = step.args.map(build);
      value = step.kind === 'new' ? Reflect.construct(value, args) : Reflect.apply(value, self, args);
      if (isThenable(value)) value = await value;
      if (value && typeof value.on === 'function') { try { value.on('error', e => astray(e)); } catch (e) { astray(e); } }
      self = undefined;
    }
  }
  if (typeof value !== 'function' && value && typeof value.default === 'function') { self = value; value = value.default; }
  if (typeof value !== 'function') throw new TypeError('no export: not a function');
  return { value, self };
}

function invoke({ value, self }, args, construct) {
  if (construct) return Reflect.construct(value, args);
  try {
    return Reflect.apply(value, self, args);
  } catch (error) {
    if (error instanceof TypeError && /Class constructor|cannot be invoked without 'new'|without new/i.test(error.message)) return Reflect.construct(value, args);
    throw error;
  }
}

function watch(value, result) {
  if (!value || typeof value.on !== 'function' || typeof value.pipe !== 'function' && typeof value.emit !== 'function') return;
  result.stream = [];
  try {
    value.on('error', e => result.stream.push(describe(e).message));
    if (typeof value.read === 'function') value.on('data', d => { if (result.stream.length < 50) result.stream.push(brief(d)); });
  } catch (e) {
    result.stream.push(describe(e).message);
  }
}

// Code that looks whether a file is there before it goes on finds one, in a folder as a developer has it.
function provide(args) {
  const put = (name, text) => { try { write(name, text, { flag: 'wx' }); } catch (e) { /* no name for a file here, or there already */ } };
  try { fs.mkdirSync('.git'); } catch (e) { /* there already */ }
  put('.git/HEAD', 'ref: refs/heads/main\n');
  put('package.json', '{"name":"benign","version":"1.0.0"}');
  for (const text of textsOf(args)) if (text.length < 200 && !text.includes('/')) put(text, 'benign\n');
}

function textsOf(values, depth = 4) {
  return depth === 0 ? [] : values.flatMap(v => v.t === 'string' ? [v.s] : [...textsOf(v.i || [], depth - 1), ...textsOf((v.p || []).map(p => p[1]), depth - 1)]);
}

// What an exception asked to be called first.
async function setUp(exported, name) {
  try {
    const started = bounded(() => read(exported, name).call(exported), input.timeout);
    if (isThenable(started)) await within(started, input.wait);
  } catch (e) {
    astray(e);
  }
}

async function runCase(exported, item) {
  const result = { tag: item.tag, stage: 'access', cpu: 0, error: null, value: null, callbacks: [], polluted: [] };
  report.cases.push(result);
  calls.length = 0;
  if (input.present) provide([...item.args, ...(item.access || input.access).flatMap(s => s.args || [])]);
  let target;
  try {
    target = await reach(exported, item.access || input.access);
  } catch (error) {
    result.error = describe(error);
    return;
  }
  result.stage = 'call';
  const wait = item.wait === undefined ? input.wait : item.wait, timeout = item.timeout || input.timeout;
  if (spent) [spent.cpu, spent.longest, spent.since] = [0, 0, null];
  const start = now(), untrap = input.stacks && !input.beacon ? trap('csx' + input.nonce + item.tag, item.tag) : () => {};
  try {
    const args = item.args.map(build);
    let value = bounded(() => invoke(target, args, input.construct), timeout);
    // Curried functions and methods of what came back.
    for (const step of item.then || input.then || []) value = bounded(() => step.name ? value[step.name](...step.args.map(build)) : value(...step.args.map(build)), timeout);
    if (isGenerator(value)) value = drive(value);
    if (isThenable(value)) {
      result.stage = 'promise';
      value = await within(value, wait);
    }
    // A setter for a path that was named, say.
    if (input.give && typeof value === 'function') bounded(() => value({}, 'csx' + input.nonce + item.tag), timeout);
    begin(value, result);
    watch(value, result);
    feed(value, item.feed);
    if (input.touch && value !== null && (typeof value === 'object' || typeof value === 'function')) touch(value);
    // While growth is explored there are many calls, of which only the time counts.
    if (item.args.some(a => a.t === 'function') || result.stream) await settle(() => calls.length > 0, input.growth ? 2 * MOMENT : wait);
    result.value = brief(value);
    result.stage = 'done';
  } catch (error) {
    result.error = describe(error);
  }
  const used = now(start);
  result.cpu = (used.user + used.system) / 1000;
  if (spent) {
    spent.end();
    [result.matched, result.longest] = [spent.cpu, spent.longest];
  }
  result.callbacks = calls.slice(0, 20).map(args => brief(args));
  untrap();
  result.polluted = polluted();
}

// A generator function that waits by yielding is run by its caller: promises, lists of them, other generators and functions that take a callback are waited for.
const isGenerator = x => Object.prototype.toString.call(x) === '[object Generator]', MOST_STEPS = 1000;
async function drive(generator) {
  for (let n = 0, step = generator.next(); n < MOST_STEPS; n++) {
    if (step.done) return step.value;
    let sent, failed = false;
    try { sent = await outcomeOf(step.value); } catch (error) { [sent, failed] = [error, true]; }
    step = failed ? generator.throw(sent) : generator.next(sent);
  }
  return undefined;
}

function outcomeOf(value) {
  if (isGenerator(value)) return drive(value);
  if (Array.isArray(value)) return Promise.all(value.map(outcomeOf));
  if (typeof value === 'function' && value.length === 1) return new Promise((kept, broken) => value((error, result) => error ? broken(error) : kept(result)));
  return value;
}

// Work that begins only when somebody wants its outcome: a task is forked (refused, kept), an observable is subscribed to.
function begin(value, result) {
  if (value === null || typeof value !== 'object' || value instanceof EventEmitter) return;
  const name = ['fork', 'subscribe'].find(n => typeof value[n] === 'function');
  if (!name) return;
  result.stream = [];
  const take = x => { if (result.stream.length < 50) result.stream.push(brief(x)); };
  // What has the name and is no task refuses; what it gave stands all the same.
  try { bounded(() => value[name](take, take), input.timeout); } catch (e) { astray(e); }
}

// A stream that takes something in gets one thing and ends: text, or what the case says; where it takes objects a file with it, as build tools hand them on.
function feed(value, given) {
  if (!value || value === process.stdout || value === process.stderr || value.writable !== true || typeof value.write !== 'function' || typeof value.end !== 'function') return;
  const state = value._writableState, file = {
    path: '/work/run/input.txt', base: '/work/run/', cwd: '/work/run', relative: 'input.txt', contents: given ? build(given) : Buffer.from('benign\n'), history: ['/work/run/input.txt'],
    isNull: () => false, isStream: () => false, isBuffer: () => true, isDirectory: () => false, clone() { return this; }, toString: () => 'benign\n',
  };
  // Readers of archives take bytes, even where they also take objects.
  for (const item of state && !state.objectMode ? [file.contents] : given ? [file.contents, file] : [file]) {
    try {
      value.write(item);
      value.end();
      return;
    } catch (e) {
      astray(e);
    }
  }
}

// What a caller would do with a result: text is made of it, its functions without parameters are called.
function touch(value) {
  for (const key of ['', ...Object.keys(Object(value)).slice(0, 20)]) {
    try {
      const item = key === '' ? value : value[key];
      if (typeof item === 'function') bounded(() => item.call(value), input.timeout || 500); else void ('' + item);
    } catch (e) {
      astray(e);
    }
  }
}

let finished = false;
function finish() {
  if (finished) return;
  finished = true;
  try {
    const late = polluted();
    if (late.length && report.cases.length) report.cases[report.cases.length - 1].polluted.push(...late);
    report.observable = report.cases.length > MOST_COMPARED ? [] : report.cases.map(c => ({ value: c.value, error: c.error && { name: c.error.name, message: c.error.message }, callbacks: c.callbacks, stream: c.stream }));
    write('/out/result.json', stringify(report));
  } catch (e) {
    // Nothing is reported rather than a wrong thing; why stands on standard error.
    write(2, 'csx: no report: ' + (e && e.stack) + '\n');
  }
}

process.on('exit', finish);
process.on('uncaughtException', e => astray(e));
process.on('unhandledRejection', e => astray(e));

// Until it is undone, a write of this property to the prototype of all objects tells from where it was made; to any other object it is a write as ever.
function trap(key, tag) {
  const root = prototypes.Object, define = Object.defineProperty, describe = Object.getOwnPropertyDescriptor;
  const get = () => undefined;
  const plain = (target, value) => define(target, key, { value, writable: true, enumerable: true, configurable: true });
  define(root, key, { get, set(value) { if (this === root) keepStack(tag); try { plain(this, value); } catch (e) { /* nothing that can hold it */ } }, configurable: true });
  return () => { const left = describe(root, key); if (left && left.get === get) delete root[key]; };
}

// From where evaluated code was called, with the places of the code that evaluated it; or a write was made.
function keepStack(tag) {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  if (/^[a-z]{1,3}\d{1,5}$/.test(tag) && !report.stacks[tag]) report.stacks[tag] = ('' + new Error().stack).slice(0, 6000);
  Error.stackTraceLimit = depth;
}

async function main() {
  for (const name of input.globals || []) if (!(name in globalThis)) globalThis[name] = name === 'window' || name === 'self' ? globalThis : anything();
  // Evaluated code that calls this name starts a program, which is seen from outside.
  if (input.beacon) globalThis[input.beacon] = tag => { if (input.stacks) keepStack(tag); spawnSync(input.beacon + (tag || '')); return 0; };
  let exported;
  try {
    exported = await load();
    report.loaded = true;
    if (input.list) report.ways = waysInto(exported);
    for (const name of input.before || []) await setUp(exported, name);
  } catch (error) {
    report.loadError = describe(error);
  }
  if (report.loaded && input.growth) {
    if (spent) process.exit = () => { throw new Error('csx: the program ends itself'); };
    await growth(exported);
    process.exit = exit;
  } else if (report.loaded) {
    // One case that ends the process would take the others with it; alone it may.
    if (input.cases.length > 1) process.exit = () => { throw new Error('csx: the program ends itself'); };
    let effects = 0;
    for (const item of input.cases) {
      // Programs that earlier cases started share the limits of the run: only a few at once.
      await settle(() => active().length <= BUSY, PATIENCE);
      await runCase(exported, item);
      // What was seen often enough needs no further case.
      if (report.cases[report.cases.length - 1].polluted.length > 0 && ++effects === input.enough) break;
    }
    process.exit = exit;
  }
  // What is still on its way gets some time, but servers and timers do not hold the process.
  setTimeout(() => { finish(); exit.call(process, 0); }, input.drain).unref();
}

// A call with a text of one size.
async function sized(exported, item, size) {
  const at = x => parse(stringify(x).split('"@size@"').join('"' + size + '"'));
  await runCase(exported, { ...item, args: at(item.args), access: item.access && at(item.access) });
  const done = report.cases[report.cases.length - 1];
  [done.size, done.value, done.callbacks] = [size, null, []];
  return done;
}

// How the time of a call grows with its input: sizes grow until a call is slow enough or the largest size is reached. Where one expression is looked at,
// only its own time makes a call slow enough, a text of which it reads hardly anything grows no further, and a function that something else made slow twice
// is left alone.
const MOST_SLOW = 2, FIRST = 3, DEAR = 20, FLAT = 2, WIDE = 16;
async function growth(exported) {
  const { floor } = input.growth, slow = new Map();
  let left = input.growth.total;
  for (const item of input.cases) {
    const way = stringify(item.access || '');
    if (spent && slow.get(way) >= MOST_SLOW) continue;
    const sizes = [...item.sizes], costs = [];
    for (let size; (size = sizes.shift()) !== undefined;) {
      if (left <= 0) return;
      const done = await sized(exported, item, size);
      left -= done.cpu;
      costs.push(done.cpu);
      // Where a call costs much whatever it is given, the largest size tells whether more of it costs more. What grows fast shows it before, and is not given so much at once.
      const least = Math.min(...costs), most = Math.max(...costs);
      if (costs.length === FIRST && sizes.length > 1 && least > DEAR && most < least * FLAT && sizes[sizes.length - 1] >= item.sizes[0] * WIDE) {
        const { cpu } = await sized(exported, item, sizes[sizes.length - 1]);
        left -= cpu;
        if (cpu < most * FLAT) break;
        // Otherwise it is come to in its order.
        report.cases.length--;
      }
      const own = !spent || done.matched > done.cpu * input.growth.share, isRead = !spent || done.longest >= size / 2;
      // One slow subject is enough to go on with.
      if (done.cpu > floor && own && item.tag.startsWith('s')) return;
      if (done.cpu > floor && !own && item.tag.startsWith('s')) slow.set(way, (slow.get(way) || 0) + 1);
      if (!isRead && item.tag.startsWith('s')) break;
      if (done.cpu > floor || done.error && done.error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' && done.stage === 'access') break;
    }
  }
}

main();
