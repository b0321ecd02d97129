// What a function of the caller is given, it may hand to the callback that comes with it.
const { exec } = require('child_process');

exports.all = function (names, tools) {
  tools.each(names, function (name) {
    exec('ls ' + name); // expect: injection.command
  });
};

// Nothing of the attacker's is handed over.
exports.own = function (tools) {
  tools.each(['a', 'b'], function (name) {
    exec('ls ' + name); // safe: injection.command
  });
};
