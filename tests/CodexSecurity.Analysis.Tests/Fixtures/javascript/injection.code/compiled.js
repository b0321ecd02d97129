// Text becomes code where it is compiled; calling what was compiled adds nothing.
const vm = require('vm');

exports.script = (text) => {
  const script = new vm.Script(text); // expect: injection.code
  return script.runInThisContext();
};
exports.fixed = (text) => {
  const script = new vm.Script('1 + 1');
  return script.runInNewContext({ text }); // safe: injection.code
};

function compile(text) {
  return new Function('a', 'return ' + text); // expect: injection.code
}
exports.function = (text, data) => {
  const run = compile(text);
  return run(data); // safe: injection.code
};
exports.applied = (data) => {
  const run = compile('a');
  return run.apply(null, [data]); // safe: injection.code
};

// Node's timers take functions only.
exports.soon = (callback, text) => {
  setImmediate(callback, text); // safe: injection.code
};

// Other ways to make code of text.
const Module = require('module');
const { Worker } = require('worker_threads');
exports.module = (text) => {
  const made = new Module('made');
  made._compile(text, 'made.js'); // expect: injection.code
};
exports.parent = (text) => {
  const made = new module.constructor();
  made._compile(text, 'made.js'); // expect: injection.code
};
exports.own = (text) => module._compile(text, 'made.js'); // expect: injection.code
exports.worker = (text) => new Worker(text, { eval: true }); // expect: injection.code
exports.file = (name) => new Worker(name); // safe: injection.code
exports.async = (text) => Object.getPrototypeOf(async function () {}).constructor(text); // expect: injection.code
exports.arrow = (text) => new ((async () => {}).constructor)(text); // expect: injection.code

// A constructor of one's own values.
exports.copied = (date, value) => new date.constructor(value); // safe: injection.code
class Logger {
  child(options) {
    return new this.constructor(options); // safe: injection.code
  }
}
exports.Logger = Logger;
