const { spawn, execFile } = require('child_process');
exports.clone = function (url, dir) {
  spawn('git', ['clone', url, dir]); // expect: injection.argument
  spawn('git', ['clone', '--', url, dir]); // safe: injection.argument
  spawn('git', ['log', '--author=' + url]); // safe: injection.argument
  spawn('which', [url]); // safe: injection.argument
};
exports.run = function (program, args) {
  execFile(program, args); // safe: injection.command
};
const ip = require('ip');
exports.ping = function (host, count) {
  if (!ip.isV4Format(host) && !ip.isV6Format(host)) return;
  require('child_process').exec('ping ' + host); // safe: injection.command
  require('child_process').exec('ping -c ' + count); // expect: injection.command
};
