module.exports = function (x) { sink(x); }; // expect: toy.flow
