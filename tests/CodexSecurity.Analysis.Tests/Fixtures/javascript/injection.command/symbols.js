// A symbol names a field of its own; so does a private field, and what a map holds for an object.
const { exec } = require('child_process');

const command = Symbol('command');
const listing = Symbol('command');

class Task {
  constructor(text) {
    this[command] = text;
    this[listing] = 'ls';
    this.plain = 'pwd';
  }

  run() {
    exec(this[command]); // expect: injection.command
  }

  list() {
    exec(this[listing]); // safe: injection.command
    exec(this.plain); // safe: injection.command
  }

  *[Symbol.iterator]() {
    yield this[command];
  }
}

exports.run = (text) => new Task(text).run();
exports.list = (text) => new Task(text).list();
exports.each = (text) => {
  for (const one of new Task(text)) exec(one); // expect: injection.command
};
exports.copied = (text) => {
  const copy = Object.assign({}, new Task(text));
  exec(copy[command]); // expect: injection.command
  exec(copy[listing]); // safe: injection.command
};
exports.shared = (text) => {
  const o = { [Symbol.for('a')]: text, [Symbol.for('b')]: 'ls' };
  exec(o[Symbol.for('a')]); // expect: injection.command
  exec(o[Symbol.for('b')]); // safe: injection.command
};

// As compilers write private fields.
const given = new WeakMap();
const fixed = new WeakMap();
class Job {
  constructor(text) {
    given.set(this, text);
    fixed.set(this, 'ls');
  }

  run() {
    exec(given.get(this)); // expect: injection.command
  }

  list() {
    exec(fixed.get(this)); // safe: injection.command
  }
}
exports.job = (text) => new Job(text).run();
exports.jobs = (text) => new Job(text).list();

const byObject = new Map();
const [one, other] = [{}, {}];
exports.mapped = (text) => {
  byObject.set(one, text);
  byObject.set(other, 'ls');
  exec(byObject.get(one)); // expect: injection.command
  exec(byObject.get(other)); // safe: injection.command
  for (const value of byObject.values()) exec(value); // expect: injection.command
};
exports.iterated = (text) => {
  const held = new Map([[{}, 'ls']]);
  held.set(one, text);
  for (const [, value] of held) exec(value); // expect: injection.command
};
