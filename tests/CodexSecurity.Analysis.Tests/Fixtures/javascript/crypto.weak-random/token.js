const crypto = require('crypto');
exports.sessionToken = function () {
  const token = Math.random().toString(36).slice(2); // expect: crypto.weak-random
  return token;
};
exports.resetToken = () => crypto.randomBytes(16).toString('hex'); // safe: crypto.weak-random
exports.jitter = () => Math.random() * 100; // safe: crypto.weak-random
