// What an assertion was given holds behind it: it throws where that does not hold.
const assert = require('assert');
const Hoek = require('@hapi/hoek');
const invariant = require('tiny-invariant');
const { exec } = require('child_process');

const isName = /^[a-z]+$/;

exports.plain = (name) => {
  assert(isName.test(name), 'a name');
  exec('ls ' + name); // safe: injection.command
};
exports.ok = (name) => {
  assert.ok(isName.test(name));
  exec('ls ' + name); // safe: injection.command
};
exports.library = (name) => {
  Hoek.assert(isName.test(name), 'a name');
  exec('ls ' + name); // safe: injection.command
};
exports.function = (name) => {
  invariant(isName.test(name));
  exec('ls ' + name); // safe: injection.command
};
exports.compared = (name) => {
  assert.strictEqual(isName.test(name), true);
  exec('ls ' + name); // safe: injection.command
};
exports.type = (count) => {
  assert.equal(typeof count, 'number');
  exec('head -n ' + count); // safe: injection.command
};
exports.different = (name) => {
  assert.notStrictEqual(isName.test(name), false);
  exec('ls ' + name); // safe: injection.command
};
exports.matched = (name) => {
  assert.match(name, /^[a-z]+$/);
  exec('ls ' + name); // safe: injection.command
};
exports.unmatched = (name) => {
  assert.doesNotMatch(name, /[^a-z]/);
  exec('ls ' + name); // safe: injection.command
};

// Of the program's own.
function check(condition, message) {
  if (!condition) throw new Error(message);
}
function refuse(condition, message) {
  if (condition) throw new Error(message);
}
function ensure(condition) {
  if (condition) return;
  console.error('no');
  throw new Error('no');
}
exports.own = (name) => {
  check(isName.test(name), 'a name');
  exec('ls ' + name); // safe: injection.command
};
exports.refused = (name) => {
  refuse(!isName.test(name), 'a name');
  exec('ls ' + name); // safe: injection.command
};
exports.ensured = (name) => {
  ensure(isName.test(name));
  exec('ls ' + name); // safe: injection.command
};

// What throws nothing, or over something else, says nothing.
function warn(condition, message) {
  if (!condition) console.warn(message);
}
exports.warned = (name) => {
  warn(isName.test(name), 'a name');
  exec('ls ' + name); // expect: injection.command
};
exports.logged = (name) => {
  console.assert(isName.test(name));
  exec('ls ' + name); // expect: injection.command
};
exports.there = (name) => {
  assert(name, 'a name');
  exec('ls ' + name); // expect: injection.command
};
exports.wrong = (name) => {
  refuse(isName.test(name), 'a name');
  exec('ls ' + name); // expect: injection.command
};
exports.late = (name) => {
  exec('ls ' + name); // expect: injection.command
  assert(isName.test(name));
};

// Checked on some ways only.
function sometimes(condition, skip) {
  if (skip) return;
  if (!condition) throw new Error('no');
}
function either(condition, other) {
  if (condition) return;
  if (other) return;
  throw new Error('no');
}
exports.sometimes = (name, skip) => {
  sometimes(isName.test(name), skip);
  exec('ls ' + name); // expect: injection.command
};
exports.either = (name, other) => {
  either(isName.test(name), other);
  exec('ls ' + name); // expect: injection.command
};

// What a function inside returns is no way out of this one.
function checked(condition, list) {
  list.forEach((item) => { return item; });
  if (!condition) throw new Error('no');
}
exports.checked = (name, list) => {
  checked(isName.test(name), list);
  exec('ls ' + name); // safe: injection.command
};
