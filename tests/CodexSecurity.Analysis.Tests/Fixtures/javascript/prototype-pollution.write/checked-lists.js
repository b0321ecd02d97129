// A list that is given only where each of its items passed; the other way out gives nothing.
const refused = ['__proto__', 'prototype', 'constructor'];
const isRefused = (parts) => parts.some((part) => refused.includes(part));
function partsOf(path) {
  const parts = path.split('.');
  if (isRefused(parts)) return [];
  return parts;
}
exports.set = function (object, path, value) {
  const parts = partsOf(path);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (i === parts.length - 1) object[part] = value; // safe: prototype-pollution.write
    object = object[part];
  }
};

// The list is given either way.
function warned(path) {
  const parts = path.split('.');
  if (isRefused(parts)) console.warn(path);
  return parts;
}
exports.setAnyway = function (object, path, value) {
  const parts = warned(path);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (i === parts.length - 1) object[part] = value; // expect: prototype-pollution.write
    object = object[part];
  }
};

// Others' lists are not the one that was checked.
exports.setUnchecked = function (object, path, value) {
  partsOf(path);
  const parts = path.split('/');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (i === parts.length - 1) object[part] = value; // expect: prototype-pollution.write
    object = object[part];
  }
};

// What was looked up may be of a library that nothing is known of as well: a function it is not, where it is an object.
const library = require('some-library');
exports.merge = function merge(target, source) {
  const keys = Object.keys(source);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === '__proto__') continue;
    const value = source[key];
    if (typeof target[key] !== 'object') target[key] = library.copy(value); // safe: prototype-pollution.write
    else merge(target[key], value);
  }
};
