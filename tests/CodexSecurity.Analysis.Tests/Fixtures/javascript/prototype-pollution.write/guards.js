function own(o, k) { return o[k] === undefined || o.hasOwnProperty(k); }
exports.guarded = function (obj, path, value) {
  const keys = path.split('.');
  const last = keys.pop();
  for (const k of keys) {
    if (!own(obj, k)) return;
    obj = obj[k];
  }
  obj[last] = value; // safe: prototype-pollution.write
};
exports.unguarded = function (obj, path, value) {
  const keys = path.split('.');
  const last = keys.pop();
  for (const k of keys) {
    if (!obj[k]) obj[k] = {}; // expect: prototype-pollution.write
    obj = obj[k];
  }
  obj[last] = value; // expect: prototype-pollution.write
};
exports.words = function (obj, path, value) {
  const [a, b] = String(path).split('.');
  if (a === '__proto__' || a === 'constructor') return;
  obj[a][b] = value; // safe: prototype-pollution.write
};
exports.arrayKeyPassesTheWord = function (obj, a, b, value) {
  if (a === '__proto__') return;
  obj[a][b] = value; // expect: prototype-pollution.write
};
exports.plain = function merge(target, source) {
  for (const k in source) {
    if (k === '__proto__') continue;
    const old = target[k];
    if (old && typeof old === 'object') merge(old, source[k]);
    else target[k] = source[k]; // safe: prototype-pollution.write
  }
  return target;
};
exports.merge = function merge(target, source) {
  for (const k in source) {
    if (typeof source[k] === 'object') { target[k] = target[k] || {}; merge(target[k], source[k]); } // expect: prototype-pollution.write
    else target[k] = source[k]; // expect: prototype-pollution.write
  }
};
exports.table = function (path, value) {
  const all = Object.create(null);
  all[path[0]][path[1]] = value; // safe: prototype-pollution.write
};

// The key is compared as the text that it becomes, or leads to no function.
function isSafe(object, key) {
  if (typeof key !== 'string' && typeof key !== 'number') {
    key = String(key);
  }
  if (key === 'constructor' && typeof object[key] === 'function') return false;
  if (key === '__proto__') return false;
  return true;
}

exports.setGuarded = function (object, keys, value) {
  let at = object;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i];
    if (!isSafe(at, key)) return object;
    at = at[key] || (at[key] = {}); // safe: prototype-pollution.write
  }
  at[keys[keys.length - 1]] = value; // safe: prototype-pollution.write
  return object;
};

// Compared as it is, ['__proto__'] passes.
exports.setHalfGuarded = function (object, keys, value) {
  let at = object;
  for (let i = 0; i < keys.length - 1; i++) {
    if (keys[i] === '__proto__' || keys[i] === 'constructor') return object;
    at = at[keys[i]];
  }
  at[keys[keys.length - 1]] = value; // expect: prototype-pollution.write
  return object;
};

// Asked of an object that the program made on the way, which has the method from its prototype.
function step(at, name) {
  if (at && name && at.hasOwnProperty(name)) return at[name];
  if (at && name) {
    at[name] = {}; // safe: prototype-pollution.write
    return at[name];
  }
}
exports.steps = function (object, first, second, value) {
  const found = step(step(object, first), second);
  found.x = value; // safe: prototype-pollution.write
};
