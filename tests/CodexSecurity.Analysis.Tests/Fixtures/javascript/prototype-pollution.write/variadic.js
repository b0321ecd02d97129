// The first argument is written to, the others are read: a list that is taken apart from its front.
function merge(to, from) {
  for (const key of Object.keys(from)) {
    if (typeof from[key] === 'object') to[key] = merge(to[key], from[key]); // expect: prototype-pollution.write
    else to[key] = from[key]; // expect: prototype-pollution.write
  }
  return to;
}

exports.all = function () {
  const args = Array.prototype.slice.call(arguments);
  let result = args.shift();
  while (args.length) result = merge(result, args.shift());
  return result;
};

// Each reads and writes its own keys.
function freeze(value) {
  for (const key of Object.keys(value)) {
    if (typeof value[key] === 'object') value[key] = Object.assign({}, freeze(value[key])); // safe: prototype-pollution.write
  }
  return value;
}

exports.frozen = function () {
  const args = Array.prototype.slice.call(arguments);
  const out = [];
  while (args.length) out.push(freeze(args.shift()));
  return out;
};

// Which of two the second call gives depends on whether the first was made.
const cp = require('child_process');
exports.optional = function () {
  const args = Array.prototype.slice.call(arguments);
  if (typeof args[0] === 'boolean') args.shift();
  const first = args.shift();
  cp.exec('ls ' + first); // expect: injection.command
};
