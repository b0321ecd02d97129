// Functions that get what is in a queue or a store.
const { execSync } = require('child_process');
module.exports.handler = function (event, context, callback) {
  for (const record of event.Records) {
    const key = decodeURIComponent(record.s3.object.key);
    execSync('convert ' + key + ' out.png'); // expect: injection.command
  }
  event.Records.forEach(r => { const m = JSON.parse(r.body); execSync('x ' + m.name); }); // expect: injection.command
  callback(null, {});
};
