const fs = require('fs');
module.exports = function (path, done) {
  sink(fs.readFileSync(path).toString()); // expect: toy.flow
  fs.readFile(path, 'utf8', (err, text) => sink(text)); // expect: toy.flow
  sink(fs.readFileSync('./fixed.txt')); // safe: toy.flow
};
