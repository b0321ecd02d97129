// The keys of a path are pieces of one text: a loop that checks each of them has checked them all, a check of the first says nothing of the others.
const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
exports.checked = function (object, path, value) {
  const keys = path.split('.');
  const last = keys.pop();
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (object[key] !== undefined && !has(object, key)) return;
    object[key] = object[key] || {};
    object = object[key];
  }
  if (object[last] === undefined || has(object, last)) object[last] = value; // safe: prototype-pollution.write
};
exports.firstOnly = function (object, path, value) {
  const keys = path.split('.');
  if (keys[0] === '__proto__' || keys[0] === 'constructor') return;
  object[keys[1]][keys[2]] = value; // expect: prototype-pollution.write
};
