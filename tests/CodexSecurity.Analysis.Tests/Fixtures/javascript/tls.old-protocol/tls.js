const tls = require('tls');
exports.old = socket => tls.connect({ socket, secureProtocol: 'TLSv1_method' }); // expect: tls.old-protocol
exports.today = socket => tls.connect({ socket, minVersion: 'TLSv1.2' }); // safe: tls.old-protocol
