// Parameters of an address, read one by one.
const http = require('http');
const { exec } = require('child_process');

http.createServer((request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  exec('ls ' + url.searchParams.get('a')); // expect: injection.command
  exec('ls ' + url.searchParams.getAll('b')[0]); // expect: injection.command
  response.end();
}).listen(8080);

exports.query = (text) => exec(new URLSearchParams(text).get('a')); // expect: injection.command
exports.address = (text) => {
  const { searchParams } = new URL(text);
  exec(searchParams.get('a')); // expect: injection.command
};
// A method of the caller's own object.
exports.store = (store, name) => exec(store.get('command')); // safe: injection.command

const behind = (value) => new Proxy({ value }, {});
exports.proxy = (text) => exec(behind(text).value); // expect: injection.command
