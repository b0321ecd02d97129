// A key that is a number or was made a text: no comparison behind it is passed by a list, also where the guard is asked by many.
function isSafeKey(object, key) {
  if (typeof key !== 'string' && typeof key !== 'number') key = String(key);
  if (key === 'constructor' && typeof object[key] === 'function') return false;
  return key !== '__proto__';
}

function set(object, path, value, delimiter) {
  const keys = Array.isArray(path) ? path : path.split(delimiter);
  let holder = object;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i];
    if (!isSafeKey(holder, key)) return object;
    holder = holder[key] || (holder[key] = {}); // safe: prototype-pollution.write
  }
  holder[keys[keys.length - 1]] = value; // safe: prototype-pollution.write
  return object;
}

function unset(object, path, delimiter) {
  const keys = Array.isArray(path) ? path : path.split(delimiter);
  let holder = object;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i];
    if (!isSafeKey(holder, key)) return object;
    holder = holder[key];
    if (!holder) return object;
  }
  delete holder[keys[keys.length - 1]];
  return object;
}

exports.set = (object, path, value) => set(object, path, value, '.');
exports.unset = (object, path) => unset(object, path, '.');
exports.put = (object, path, value) => set(object, path, value, '/');
exports.drop = (object, path) => unset(object, path, '/');
