const vm = require('vm');
exports.calc = function (expression) {
  if (/^[\d+*/ ().-]+$/.test(expression)) return eval(expression); // todo-safe: injection.code
  return eval('(' + expression + ')'); // expect: injection.code
};
exports.field = (name) => new Function('o', 'return o.' + name); // expect: injection.code
exports.number = (n) => eval('1 + ' + Number(n)); // safe: injection.code
exports.run = (code) => vm.runInNewContext(code); // expect: injection.code
exports.script = (code) => vm.createScript(code).runInThisContext(); // expect: injection.code
exports.quoted = (text) => new Function('return ' + JSON.stringify(text)); // safe: injection.code
