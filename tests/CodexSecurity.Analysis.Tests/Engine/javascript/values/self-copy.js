// Objects that are walked over while fields are added to them, and type tags in joins: the run must go on.
const all = { a: 'x', b: source() };
for (const k in all) all[k + k] = all[k];
Object.assign(all, all, { c: 1 });
Object.keys(all).forEach(k => { all['copy' + k] = all[k]; });
function tag(v) { return Object.prototype.toString.call(v); }
let t = tag([]);
for (let i = 0; i < 2; i++) t = tag(i ? {} : []);
sink(t); // safe: toy.flow
sink(all.b); // expect: toy.flow
