// A guard that is called with more different keys than its contexts tell apart: what it says of one holds for each.
const isSafe = (object, key) => {
  if (typeof key !== 'string' && typeof key !== 'number') key = String(key);
  if (key === 'constructor' && typeof object[key] === 'function') return false;
  return key !== '__proto__';
};
exports.set = function (object, path, value, delimiter) {
  const keys = Array.isArray(path) ? path : path.split(delimiter || '/');
  let at = object;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i];
    if (!isSafe(at, key)) return object;
    const found = at[key];
    at = found || (at[key] = {}); // safe: prototype-pollution.write
  }
  at[keys[keys.length - 1]] = value; // safe: prototype-pollution.write
  return object;
};
exports.a = (object, options) => exports.set({ a: object }, options.a, 1);
exports.b = (object, options) => exports.set({ b: object }, options.b, 1);
exports.c = (object, options) => exports.set({ c: object }, options.c, 1);
exports.d = (object, options) => exports.set({ d: object }, options.d, 1);
exports.e = (object, options) => exports.set({ e: object }, options.e, 1);
exports.f = (object, options) => exports.set({ f: object }, options.f, 1);
exports.g = (object, options) => exports.set({ g: object }, options.g, 1);
exports.h = (object, options) => exports.set({ h: object }, options.h, 1);
exports.i = (object, options) => exports.set({ i: object }, options.i, 1);
exports.j = (object, options) => exports.set({ j: object }, options.j, 1);
exports.k = (object, options) => exports.set({ k: object }, options.k, 1);
exports.l = (object, options) => exports.set({ l: object }, options.l, 1);
