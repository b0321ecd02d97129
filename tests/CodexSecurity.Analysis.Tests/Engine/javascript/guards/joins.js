function port(p) { return /^\d+$/.test(p) ? p : '80'; }
function isWord(w) { return typeof w === 'string' && /^\w+$/.test(w); }
exports.conditional = function (a) {
  sink('x' + port(a)); // safe: toy.flow
};
exports.replaced = function (name, other) {
  if (!/^[a-z]+$/.test(name)) name = 'none';
  sink(name); // safe: toy.flow
  if (!/^[a-z]+$/.test(name)) other = 'none';
  sink(other); // expect: toy.flow
};
exports.checked = function (w) {
  if (isWord(w)) sink(w); // safe: toy.flow
  else sink(w); // expect: toy.flow
};
exports.number = function (n) {
  if (!isNaN(n)) sink(n); // safe: toy.flow
};
exports.listed = function (c) {
  if (['a', 'b'].indexOf(c) < 0) sink(c); // expect: toy.flow
  else sink(c); // safe: toy.flow
};
