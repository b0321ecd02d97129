module.exports = function (x) { sink(clean(x)); }; // safe: toy.flow
