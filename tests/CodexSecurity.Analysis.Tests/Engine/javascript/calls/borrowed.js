const slice = Array.prototype.slice;
function all() { return slice.call(arguments, 0).join(' '); }
sink(all('a', source())); // expect: toy.flow
sink(all('a', 'b')); // safe: toy.flow
function apply(f, args) { return f.apply(null, args); }
apply(function (x) { sink(x); }, [source()]); // expect: toy.flow
apply(function (x) { sink(x); }, ['a']); // safe: toy.flow
const bound = function (a, b) { sink(b); }.bind(null, 1); // expect: toy.flow
bound(source());
