const each = require('some-library');
const later = require('promise-library');
each(source(), function (item) { sink(item); }); // expect: toy.flow
each('a', function (item) { sink(item); }); // safe: toy.flow
each(source(), function (error) { sink(error); }); // safe: toy.flow
function load() { return later(function (resolve, reject) { resolve(source()); }); }
load().then(function (value) { sink(value); }); // expect: toy.flow
if (!each.exists('x')) {
  sink(source()); // expect: toy.flow
}
