const isPrimitive = require('is-primitive');

// That a whole path is no such word says nothing of its parts; that the word is not found in it does.
exports.compared = function (object, text, value) {
  const path = String(text);
  if (path === '__proto__' || path === 'constructor') return;
  const [first, second] = path.split('.');
  object[first][second] = value; // expect: prototype-pollution.write
};
exports.searched = function (object, text, value) {
  const path = String(text);
  if (path.includes('__proto__') || path.includes('constructor')) return;
  const [first, second] = path.split('.');
  object[first][second] = value; // safe: prototype-pollution.write
};
exports.anchored = function (object, path, value) {
  if (/^(__proto__|constructor|prototype)$/.test(path)) return;
  const [first, second] = path.split('.');
  object[first][second] = value; // expect: prototype-pollution.write
};
exports.tested = function (object, keys, value) {
  if (keys.some((key) => /__proto__|constructor|prototype/.test(key))) return;
  object[keys[0]][keys[1]] = value; // safe: prototype-pollution.write
};
exports.owned = function (object, path, value) {
  if (!object.hasOwnProperty(path)) return;
  const [first, second] = path.split('.');
  object[first][second] = value; // expect: prototype-pollution.write
};
exports.begins = function (object, path, value) {
  if (path.startsWith('__proto__') || path.startsWith('constructor') || path.startsWith('prototype')) return;
  const first = path.slice(0, path.indexOf('.'));
  object[first][value] = value; // safe: prototype-pollution.write
};
exports.primitive = function (object, key, name, value) {
  if (!isPrimitive(key)) return;
  if (key === '__proto__' || key === 'constructor') return;
  object[key][name] = value; // safe: prototype-pollution.write
};
exports.missing = function (object, key, name, value) {
  let at = !object[key] || typeof object[key] === 'object' ? object[key] : [object[key]];
  if (key == '__proto__') return;
  at = object[key] = at || {};
  at[name] = value; // safe: prototype-pollution.write
};
