// What a map or a set holds are its elements, not its fields.
const byName = new Map([['a', source()]]);
sink(byName.get('a')); // expect: toy.flow
const later = new Map();
later.set('k', source());
sink(later.get('k')); // expect: toy.flow
for (const value of later.values()) sink(value); // expect: toy.flow
later.forEach((value, key) => { sink(value); }); // expect: toy.flow
const names = new Set();
names.add(source());
names.forEach(name => sink(name)); // expect: toy.flow
for (const name of names) sink(name); // expect: toy.flow
sink(names.size); // safe: toy.flow
sink(names.description); // safe: toy.flow
const empty = new Map();
sink(empty.get('a')); // safe: toy.flow
