const crypto = require('crypto');
exports.old = (key, iv) => crypto.createCipheriv('des-ede3-cbc', key, iv); // expect: crypto.weak-cipher
exports.today = (key, iv) => crypto.createCipheriv('aes-256-gcm', key, iv); // safe: crypto.weak-cipher
