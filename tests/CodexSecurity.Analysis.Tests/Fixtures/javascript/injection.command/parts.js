// What a check says of a part of a text says nothing of the whole, nor of its other parts; what holds for the whole holds for its parts.
const { exec } = require('child_process');
const path = require('path');
const url = require('url');

exports.start = function (address) {
  if (address.slice(0, 4) === 'http') exec('curl ' + address); // expect: injection.command
};
exports.first = function (option) {
  if (option.charAt(0) === '-') exec('run ' + option); // expect: injection.command
};
exports.switched = function (name) {
  switch (name.substring(0, 1)) {
    case 'a': exec('run ' + name); // expect: injection.command
  }
};
exports.listed = function (name) {
  if (['a', 'b'].includes(name.charAt(0))) exec('run ' + name); // expect: injection.command
};
exports.ending = function (file) {
  if (path.extname(file) === '.zip') exec('unzip ' + file); // expect: injection.command
};
exports.protocol = function (address) {
  if (new URL(address).protocol === 'http:') exec('curl ' + address); // expect: injection.command
};
exports.otherPiece = function (line) {
  const words = line.split(' ');
  if (words[0] === 'go') exec('run ' + words[1]); // expect: injection.command
};
exports.otherGroup = function (line) {
  const found = /^(\w+):(.*)/.exec(line);
  if (found[1] === 'go') exec('run ' + found[2]); // expect: injection.command
};
const kinds = { '.md': 'text', '.js': 'code' };
exports.table = function (file) {
  if (kinds[path.extname(file)]) exec('cat ' + file); // expect: injection.command
};

exports.samePiece = function (line) {
  const [word] = line.split(' ');
  if (word === 'go') exec('run ' + word); // safe: injection.command
};
exports.eachPiece = function (line) {
  for (const word of line.split(' ')) if (['a', 'b'].includes(word)) exec('run ' + word); // safe: injection.command
};
exports.everyPiece = function (line) {
  const words = line.split(' ');
  if (words.some(word => !/^\w+$/.test(word))) return;
  exec('run ' + words[0]); // safe: injection.command
};
exports.whole = function (line) {
  if (/^[a-z]+$/.test(line)) exec('run ' + line.split('a')[0]); // safe: injection.command
};
exports.sameEnding = function (file) {
  const ending = path.extname(file);
  if (ending === '.zip') exec('list ' + ending); // safe: injection.command
};
exports.sameHost = function (address) {
  const parsed = url.parse(address);
  if (parsed.hostname === 'example.org') exec('ping ' + parsed.hostname); // safe: injection.command
};
