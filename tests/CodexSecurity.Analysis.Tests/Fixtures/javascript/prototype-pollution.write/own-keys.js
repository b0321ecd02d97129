// The keys of a value are its own, also where it may be one of the program's objects; of another object they say nothing.
module.exports = function extend() {
  const all = [].slice.call(arguments);
  const result = all[0];
  const extenders = all.slice(1);
  for (let i = 0; i < extenders.length; i++) {
    const extender = extenders[i];
    for (const key in extender) {
      if (!Object.prototype.hasOwnProperty.call(extender, key)) continue;
      const value = extender[key];
      if (typeof value === 'object') {
        const base = Array.isArray(value) ? [] : {};
        result[key] = extend(Object.prototype.hasOwnProperty.call(result, key) ? result[key] : base, value); // safe: prototype-pollution.write
      } else {
        result[key] = value; // safe: prototype-pollution.write
      }
    }
  }
  return result;
};
module.exports.unguarded = function merge() {
  const all = [].slice.call(arguments);
  const result = all[0];
  const extenders = all.slice(1);
  for (let i = 0; i < extenders.length; i++) {
    const extender = extenders[i];
    for (const key in extender) {
      if (!Object.prototype.hasOwnProperty.call(extender, key)) continue;
      const value = extender[key];
      if (typeof value === 'object') result[key] = merge(result[key] || {}, value); // expect: prototype-pollution.write
      else result[key] = value; // expect: prototype-pollution.write
    }
  }
  return result;
};
// What a list is reduced to is not the item at hand, though both come from the list.
module.exports.reduced = (...objects) => objects.reduce((merged, item) => {
  Object.keys(item).forEach((key) => {
    merged[key] = typeof merged[key] === 'object' ? module.exports.reduced(merged[key], item[key]) : item[key]; // expect: prototype-pollution.write
  });
  return merged;
});
