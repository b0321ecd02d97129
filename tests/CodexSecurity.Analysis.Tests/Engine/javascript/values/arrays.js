const list = [];
list.push('a');
list.push(source());
sink(list[0]); // expect: toy.flow
const [first, ...others] = ['a', source()];
sink(first); // safe: toy.flow
sink(others[0]); // expect: toy.flow
const pair = ['a', source()];
sink(pair[0]); // safe: toy.flow
sink(pair.map(x => x + '!')[1]); // expect: toy.flow
