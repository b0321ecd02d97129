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
