// A check that a setting or the platform turns off is a check: who turns it off knows.
const { exec } = require('child_process');

exports.open = function (file, options, callback) {
  if (process.platform === 'linux' && !/^[\w./-]+$/.test(file)) {
    console.error('not allowed');
    return;
  }
  exec('open ' + file, callback); // safe: injection.command
};
exports.list = function (folder, options) {
  if (!options.unsafe && !/^\w+$/.test(folder)) throw new Error('not allowed');
  exec('ls ' + folder); // safe: injection.command
};

// The setting decides what is done, not whether it is checked.
exports.show = function (file, options) {
  if (options.quiet && !/^\w+$/.test(file)) console.error('not allowed');
  exec('cat ' + file); // expect: injection.command
};
exports.either = function (file, options) {
  if (options.unsafe || !/^\w+$/.test(file)) exec('cat ' + file); // expect: injection.command
};

// What is asked of a value before it is looked at is no setting.
exports.named = function (request) {
  if (request.name && request.name.length > 20) return;
  exec('id ' + request.name); // expect: injection.command
};

// A check that can't be passed at all leaves what follows as it is.
exports.never = function (file, options) {
  if (options.skip && isArray(file)) return;
  exec('cat ' + file); // expect: injection.command
};
function isArray() { return true; }

// Who sends a request turns nothing off.
require('http').createServer((req, res) => {
  const query = require('url').parse(req.url, true).query;
  const file = query.file;
  if (query.strict && !/^\w+$/.test(file)) return;
  exec('cat ' + file); // expect: injection.command
});

// What has to be asked for is no check.
exports.asked = function (file, options) {
  if (options.strict && !/^\w+$/.test(file)) return;
  exec('cat ' + file); // expect: injection.command
};
exports.chosen = function (file, options) {
  if (options.mode === 'strict' && !/^\w+$/.test(file)) return;
  exec('cat ' + file); // expect: injection.command
};
exports.refused = function (file, options) {
  if (options.mode !== 'loose' && !/^\w+$/.test(file)) return;
  exec('cat ' + file); // safe: injection.command
};
