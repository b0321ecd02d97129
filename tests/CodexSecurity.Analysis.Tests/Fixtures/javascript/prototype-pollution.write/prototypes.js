// What was looked up is compared with the prototype of its object, or asked for its own.
const isPlain = (value) => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

exports.merge = function merge(target, source) {
  for (const key of Object.keys(source)) {
    if (key in target && target[key] !== Object.getPrototypeOf(target) && isPlain(target[key])) merge(target[key], source[key]);
    else target[key] = source[key]; // safe: prototype-pollution.write
  }
  return target;
};

exports.set = function (target, first, second, value) {
  const found = target[first];
  if (Object.getPrototypeOf(found) === Object.prototype) found[second] = value; // safe: prototype-pollution.write
};

// Object.prototype has no prototype: null says nothing of it.
exports.nullOnly = function (target, first, second, value) {
  const found = target[first];
  if (Object.getPrototypeOf(found) === null) found[second] = value; // expect: prototype-pollution.write
};

// Not the prototype of this object, but Object itself passes: its prototype is two lookups away.
exports.deep = function (target, first, second, third, value) {
  const found = target[first];
  if (found !== Object.getPrototypeOf(target)) found[second][third] = value; // expect: prototype-pollution.write
};
