// Not of a page: whoever imports the file calls it.
exports.extend = function extend(to, from) {
  for (const key in from) {
    if (typeof from[key] === 'object') extend(to[key], from[key]);
    else to[key] = from[key]; // expect: prototype-pollution.write
  }
};
