class Runner {
  constructor(options) { this.command = options.command; }
  run(argument) { sink(this.command + argument); } // expect: toy.flow
}
function Old(name) { this.name = name; }
Old.prototype.go = function () { sink(this.name); }; // expect: toy.flow
exports.Runner = Runner;
exports.Old = Old;
exports.make = (text) => ({ send: () => sink(text) }); // expect: toy.flow
exports.handler = (req, res) => { sink('fixed'); }; // safe: toy.flow
function hidden(x) { sink(x); } // safe: toy.flow
hidden('a');
