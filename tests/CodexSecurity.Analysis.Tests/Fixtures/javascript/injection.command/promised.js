// What an asynchronous function gives has the methods of a promise.
const { exec } = require('child_process');
async function options(name) { return { name, quiet: true }; }
async function nothing(name) { if (name === '') throw new Error('no name'); }
const list = async (name) => [name];
exports.object = (name) => options(name).then((o) => exec('ls ' + o.name)); // expect: injection.command
exports.list = (name) => list(name).then(([first]) => exec('ls ' + first)); // expect: injection.command
exports.nothing = (name) => nothing(name).then(() => exec('ls ' + name)).catch(() => exec('cat ' + name)); // expect: injection.command, injection.command
exports.quiet = (name) => options(name).then((o) => exec('ls ' + o.quiet)); // safe: injection.command
