const crypto = require('crypto');
exports.store = password => crypto.createHash('md5').update(password).digest('hex'); // expect: crypto.weak-hash
exports.digest = text => crypto.createHash('sha256').update(text).digest('hex'); // safe: crypto.weak-hash
