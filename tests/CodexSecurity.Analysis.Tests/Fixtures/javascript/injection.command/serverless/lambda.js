// A function of AWS Lambda: what it returns is the answer.
const { exec } = require('child_process');
exports.handler = async (event) => {
  exec('ls ' + event.queryStringParameters.dir); // expect: injection.command
  const body = JSON.parse(event.body);
  exec('ls ' + body.dir); // expect: injection.command
  return { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: '<b>' + event.queryStringParameters.name + '</b>' }; // expect: xss.html
};
