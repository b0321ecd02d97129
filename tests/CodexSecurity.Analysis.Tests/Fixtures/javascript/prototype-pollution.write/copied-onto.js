'use strict';

const forIn = require('for-in');
const helpers = require('tslib');

// Fields are copied onto what was looked up.
exports.assigned = function assigned(target, source) {
  for (const key in source) {
    if (typeof source[key] === 'object') assigned(target[key], source[key]);
    else Object.assign(target, { [key]: source[key] }); // expect: prototype-pollution.write
  }
  return target;
};

exports.named = function named(target, key, value) {
  Object.assign(target[key], { size: value.size }); // safe: prototype-pollution.write
};

// A list that items may have been taken from.
exports.variadic = function variadic() {
  const args = [].slice.call(arguments);
  let deep = false;
  if (typeof args[0] === 'boolean') deep = args.shift();
  const result = args[0];
  for (const extender of args.slice(1)) {
    for (const key in extender) {
      if (deep && typeof extender[key] === 'object') result[key] = variadic(true, result[key], extender[key]); // expect: prototype-pollution.write
      else result[key] = extender[key]; // expect: prototype-pollution.write
    }
  }
  return result;
};

// Packages that are one function, and helpers of a compiler.
exports.mixed = function mixed(target, source) {
  forIn(source, function (value, key) {
    if (typeof value === 'object') mixed(this[key], value);
    else this[key] = value; // expect: prototype-pollution.write
  }, target);
};

exports.spread = function spread(target) {
  const sources = helpers.__spread([], [arguments[1]]);
  for (const key in sources[0]) {
    if (typeof sources[0][key] === 'object') spread(target[key], sources[0][key]);
    else target[key] = sources[0][key]; // expect: prototype-pollution.write
  }
};
