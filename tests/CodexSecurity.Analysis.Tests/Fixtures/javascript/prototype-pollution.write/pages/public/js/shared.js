// The server uses this one itself.
exports.merge = function merge(to, from) {
  for (const key in from) {
    if (typeof from[key] === 'object') merge(to[key], from[key]);
    else to[key] = from[key]; // expect: prototype-pollution.write
  }
  return to;
};
