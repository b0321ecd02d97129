const escapeRegExp = require('escape-string-regexp');
exports.split = (text, separator) => text.split(new RegExp(separator)); // expect: injection.regex-library
exports.escaped = (text, separator) => text.split(new RegExp(escapeRegExp(separator))); // safe: injection.regex-library
exports.own = (text, separator) => text.split(new RegExp(separator.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))); // safe: injection.regex-library
