// Checked in one branch, made in the other, and looked up again: for every step of a path by itself.
const isObject = (thing) => thing !== null && typeof thing === 'object';
function build(path, value, target, index) {
  const name = path[index++];
  if (name === '__proto__') return;
  if (index >= path.length) {
    target[name] = value; // safe: prototype-pollution.write
    return;
  }
  if (!target[name] || !isObject(target[name])) {
    target[name] = []; // safe: prototype-pollution.write
  }
  build(path, value, target[name], index);
}
exports.parts = (text, value) => build(text.split('.'), value, {}, 0);
exports.matches = (text, value) => build(Array.from(text.matchAll(/\w+|\[(\w*)]/g)).map((m) => (m[0] === '[]' ? '' : m[1] || m[0])), value, {}, 0);

// Without the check of what was there a function leads on to its prototype.
function reach(path, value, target, index) {
  const name = path[index++];
  if (name === '__proto__') return;
  if (index >= path.length) {
    target[name] = value; // expect: prototype-pollution.write
    return;
  }
  if (!target[name]) target[name] = {}; // expect: prototype-pollution.write
  reach(path, value, target[name], index);
}
exports.reach = (text, value) => reach(text.split('.'), value, {}, 0);
