'use strict';
// Builds the values of a plan. Runs inside the sandbox only.
const fs = require('fs'), path = require('path'), { EventEmitter } = require('events'), { Readable, Writable } = require('stream');
const archive = require('./archive.js');

const calls = [];
let budget = 400;
// Whoever walks along what stands for anything comes to an end.
let left = 50000;

// Stands for anything: every property and every result is one of its kind, as text it is empty.
function anything() {
  const known = new Map();
  return new Proxy(function () {}, {
    get(target, key) {
      if (key === Symbol.toPrimitive) return () => '';
      if (key === Symbol.iterator) return function* () {};
      if (key === 'then' || key === Symbol.asyncIterator) return undefined;
      if (key === 'length') return 0;
      if (key === 'toString' || key === 'toJSON' || key === 'valueOf') return () => '';
      if (key === 'prototype') return target.prototype;
      if (!known.has(key)) known.set(key, left-- > 0 ? anything() : undefined);
      return known.get(key);
    },
    set(target, key, value) { known.set(key, value); return true; },
    apply(target, self, args) {
      for (const f of args) if (typeof f === 'function' && budget-- > 0) setImmediate(() => f(null, anything()));
      return anything();
    },
    construct() { return anything(); },
  });
}

// A callback of ours: remembers what it is passed, and goes on where it is passed a continuation.
function callback(result) {
  return function (...args) {
    calls.push(args);
    const next = args.length > 1 ? args[args.length - 1] : undefined;
    if (typeof next === 'function' && budget-- > 0) setImmediate(() => { try { next(); } catch (e) { calls.push([e]); } });
    return result;
  };
}

// As JSON.parse does it: "__proto__" becomes an own property.
function own(target, properties) {
  for (const [k, x] of properties || []) Object.defineProperty(target, k, { value: build(x), enumerable: true, writable: true, configurable: true });
  return target;
}

function build(v) {
  switch (v.t) {
    case 'undefined': return undefined;
    case 'null': return null;
    case 'string': return v.s;
    case 'number': return Number(v.s);
    case 'boolean': return v.s === 'true';
    case 'json': return JSON.parse(v.s);
    case 'regexp': return new RegExp(v.s);
    case 'buffer': return Buffer.from(v.s);
    case 'date': return new Date(Number(v.s));
    case 'function': return own(callback(v.i && v.i.length ? build(v.i[0]) : undefined), v.p);
    case 'any': return anything();
    case 'emitter': return new EventEmitter();
    case 'readable': return Readable.from([Buffer.from(v.s || '')]);
    case 'writable': return new Writable({ write(chunk, encoding, done) { calls.push([chunk]); done(); } });
    case 'array': return (v.i || []).map(build);
    case 'map': return new Map((v.p || []).map(([k, x]) => [k, build(x)]));
    case 'repeat': return v.i[0].s + v.i[1].s.repeat(Number(v.s)) + v.i[2].s;
    case 'archive': return archive.make(v.s, v.p);
    case 'object': return own({}, v.p);
    default: throw new Error('unknown kind of value ' + v.t);
  }
}

module.exports = { build, calls, anything };
