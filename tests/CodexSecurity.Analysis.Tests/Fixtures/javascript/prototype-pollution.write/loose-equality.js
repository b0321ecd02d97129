// == compares the text that a key becomes: an array does not pass.
exports.loose = function (object, first, second, value) {
  if (first == '__proto__' || first == 'constructor') return;
  object[first][second] = value; // safe: prototype-pollution.write
};
exports.strict = function (object, first, second, value) {
  if (first === '__proto__' || first === 'constructor') return;
  object[first][second] = value; // expect: prototype-pollution.write
};
