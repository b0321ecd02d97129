const { onRequest, onCall } = require('firebase-functions/v2/https');
const cp = require('child_process');
exports.api = onRequest({ cors: true }, (req, res) => {
  cp.exec('ls ' + req.query.name); // expect: injection.command
});
exports.call = onCall((request) => { cp.exec('ls ' + request.data.name); }); // expect: injection.command
