const { exec, execFile } = require('child_process');
exports.run = function (name, cb) {
  exec('ls ' + name, cb); // expect: injection.command
};
exports.list = function (name, cb) {
  execFile('ls', [String(name)], cb); // safe: injection.command
};
