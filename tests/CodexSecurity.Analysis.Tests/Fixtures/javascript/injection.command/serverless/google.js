const functions = require('@google-cloud/functions-framework');
const cp = require('child_process');
functions.http('hello', (req, res) => {
  cp.exec('ls ' + req.query.name); // expect: injection.command
  res.send('<b>' + req.query.name + '</b>'); // expect: xss.html
});
functions.cloudEvent('ev', e => { cp.exec('ls ' + Buffer.from(e.data.message.data, 'base64').toString()); }); // expect: injection.command
