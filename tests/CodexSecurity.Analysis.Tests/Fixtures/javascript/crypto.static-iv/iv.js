const crypto = require('crypto');
exports.fixed = key => crypto.createCipheriv('aes-256-cbc', key, Buffer.from('0123456789abcdef')); // expect: crypto.static-iv
exports.fresh = key => crypto.createCipheriv('aes-256-cbc', key, crypto.randomBytes(16)); // safe: crypto.static-iv
