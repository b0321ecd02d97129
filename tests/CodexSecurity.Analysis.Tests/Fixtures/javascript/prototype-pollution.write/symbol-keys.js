// Nobody outside chooses a symbol, or a text that ends in a number.
const mark = Symbol('mark');
exports.mark = (object, key, value) => {
  const found = object[key];
  found[mark] = value; // safe: prototype-pollution.write
};
exports.any = (object, key, name, value) => {
  const found = object[key];
  found[name] = value; // expect: prototype-pollution.write
};
exports.numbered = (object, key, name, value) => {
  for (let i = 0; i < object.length; i++) {
    const found = object[key + i];
    found[name] = value; // safe: prototype-pollution.write
  }
};
// The symbols of a language that the caller hands over are the language's.
exports.inContext = (context) => {
  const tag = context.Symbol ? context.Symbol.toStringTag : undefined;
  return (value, key, name) => {
    const found = value[tag];
    found[name] = key; // safe: prototype-pollution.write
  };
};
