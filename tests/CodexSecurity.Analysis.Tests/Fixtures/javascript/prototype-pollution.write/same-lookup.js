// What one lookup reaches is written to all over: the nearest writes stand for the others.
function write(found, name, value) {
  found[name] = value; // expect: prototype-pollution.write
  found[name + 'a'] = value; // expect: prototype-pollution.write
}
exports.put = (object, key, name, value) => {
  const found = object[key];
  found[name] = value; // expect: prototype-pollution.write
  found[`${name}b`] = value; // expect: prototype-pollution.write
  write(found, name, value);
  further(found, name, value);
};
function further(found, name, value) {
  found[name] = 1; // safe: prototype-pollution.write
  found[value] = 2; // safe: prototype-pollution.write
}
