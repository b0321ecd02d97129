const http = require('http'), fs = require('fs'), url = require('url');
http.createServer((req, res) => {
  let name = url.parse(req.url).pathname;
  while (name.indexOf('/../') !== -1) name = name.replace('/../', '/');
  fs.createReadStream(__dirname + name).pipe(res); // safe: path-traversal.read
}).listen(3000);
http.createServer((req, res) => {
  const name = url.parse(req.url).pathname.replace('/../', '/'); // expect: sanitization.incomplete
  fs.createReadStream(__dirname + name).pipe(res); // expect: path-traversal.read
}).listen(3001);
http.createServer((req, res) => {
  let name = req.headers['x-file'];
  while (name.indexOf('/../') !== -1) name = name.replace('/../', '/');
  fs.createReadStream(__dirname + '/' + name).pipe(res); // expect: path-traversal.read
}).listen(3002);
