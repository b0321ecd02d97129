// What was checked before a function was made holds inside it: its variables do not change any more.
exports.setter = function (property, next) {
  property = String(property);
  if (property === '__proto__' || property === 'constructor' || property === 'prototype') throw new Error('not allowed');
  return function (context, value) {
    let at = context[property];
    if (!at) at = context[property] = {};
    at[next] = value; // safe: prototype-pollution.write
  };
};
const refuse = (key) => {
  if (['__proto__', 'constructor', 'prototype'].includes(key)) throw new Error('not allowed');
};
exports.each = function (object, text, names, value) {
  const key = String(text);
  refuse(key);
  names.forEach((name) => {
    object[key][name] = value; // safe: prototype-pollution.write
  });
};

// Written after the function was made.
exports.later = function (object, text, other, name, value) {
  let key = String(text);
  if (key === '__proto__' || key === 'constructor') return null;
  const write = () => {
    object[key][name] = value; // expect: prototype-pollution.write
  };
  key = String(other);
  return write();
};

// A function that stands in the block is made where the block begins, before any check.
exports.hoisted = function (object, text, name, value) {
  const key = String(text);
  write();
  if (key === '__proto__' || key === 'constructor') return;
  function write() {
    object[key][name] = value; // expect: prototype-pollution.write
  }
};

exports.unchecked = function (object, text, name, value) {
  const key = String(text);
  return () => {
    object[key][name] = value; // expect: prototype-pollution.write
  };
};
