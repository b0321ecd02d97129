const https = require('https');
exports.lax = () => new https.Agent({ rejectUnauthorized: false }); // expect: tls.verification-disabled
exports.strict = () => new https.Agent({ rejectUnauthorized: true }); // safe: tls.verification-disabled
