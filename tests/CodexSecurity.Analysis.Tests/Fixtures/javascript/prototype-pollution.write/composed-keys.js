// What the code puts into a key itself may rule out the names of prototypes; split again, it rules out nothing.
exports.prefixed = function (cache, name, key, value) {
  cache['user:' + name][key] = value; // safe: prototype-pollution.write
};
exports.suffixed = function (cache, name, key, value) {
  cache[`${name}.json`][key] = value; // safe: prototype-pollution.write
};
exports.point = function (map, point, key, value) {
  const found = map[point.x + '@' + point.y];
  found[key] = value; // safe: prototype-pollution.write
};
exports.possible = function (cache, name, key, value) {
  cache['__' + name][key] = value; // expect: prototype-pollution.write
};
exports.inside = function (cache, one, two, key, value) {
  cache[one + 'proto' + two][key] = value; // expect: prototype-pollution.write
};
exports.split = function (object, path, value) {
  const keys = ('root.' + path).split('.');
  object[keys[1]][keys[2]] = value; // expect: prototype-pollution.write
};
