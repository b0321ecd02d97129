const jwt = require('jsonwebtoken');
exports.anyone = (token, key) => jwt.verify(token, key, { algorithms: ['none'] }); // expect: jwt.unverified
exports.checked = (token, key) => jwt.verify(token, key, { algorithms: ['RS256'] }); // safe: jwt.unverified
