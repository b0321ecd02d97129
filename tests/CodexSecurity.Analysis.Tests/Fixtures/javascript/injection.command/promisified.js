// Every function of a module, as promises.
const Promise = require('bluebird');
const processes = Promise.promisifyAll(require('child_process'));

exports.list = (name) => processes.execAsync('ls ' + name); // expect: injection.command
exports.fixed = () => processes.execAsync('ls'); // safe: injection.command
