// Regular expressions that a package gives to its users: those match them against texts from anywhere.
exports.words = /^(\w+\s?)*$/; // expect: redos.pattern
exports.number = /^\d+$/; // safe: redos.pattern

// A table of them is for the package's own use.
exports.tables = { inline: { words: /^(\d+\s?)*$/ } }; // safe: redos.pattern

exports.version = function (options) {
  return options && options.exact ? /^(v+)+$/ : /v\d+/g; // expect: redos.pattern
};
