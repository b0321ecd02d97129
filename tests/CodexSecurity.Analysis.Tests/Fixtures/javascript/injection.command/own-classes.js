// Classes that functions make of classes may stand above themselves: what runs where they are constructed is found all the same.
const { exec } = require('child_process');
const named = (Base) => class extends Base {};
const marked = (Base) => class extends Base {};
const timed = (Base) => class extends Base {};
const listed = (Base) => class extends Base {};
class Runner {
  constructor(text) {
    exec(text); // expect: injection.command
  }
}
let Made = Runner;
for (let i = 0; i < 4; i++) {
  Made = named(marked(timed(listed(Made))));
  Made = i % 2 ? listed(timed(Made)) : marked(named(Made));
}
exports.run = (text) => new Made(text);
exports.named = named;
exports.Made = Made;
