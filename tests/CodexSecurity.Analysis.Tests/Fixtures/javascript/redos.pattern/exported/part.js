// A part of the package: its own code uses it.
exports.words = /^(\w+\s?)*!$/; // safe: redos.pattern
