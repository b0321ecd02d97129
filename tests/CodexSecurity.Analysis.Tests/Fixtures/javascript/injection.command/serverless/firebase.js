const functions = require('firebase-functions');
const cp = require('child_process');
exports.api = functions.https.onRequest((req, res) => {
  cp.exec('ls ' + req.query.name); // expect: injection.command
  res.send('<b>' + req.query.name + '</b>'); // expect: xss.html
});
exports.call = functions.https.onCall((data, context) => { cp.exec('ls ' + data.name); }); // expect: injection.command
exports.reg = functions.region('europe-west1').https.onRequest((req, res) => { cp.exec('a ' + req.body.name); }); // expect: injection.command
