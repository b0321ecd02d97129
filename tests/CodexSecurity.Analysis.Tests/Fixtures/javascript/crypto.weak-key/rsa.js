const crypto = require('crypto');
exports.small = () => crypto.generateKeyPairSync('rsa', { modulusLength: 1024 }); // expect: crypto.weak-key
exports.good = () => crypto.generateKeyPairSync('rsa', { modulusLength: 3072 }); // safe: crypto.weak-key
