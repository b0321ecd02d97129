const http = require('http'), fs = require('fs'), path = require('path'), url = require('url');
const root = path.join(__dirname, 'public');
const server = http.createServer();
server.on('request', function (req, res) {
  const file = path.join(root, decodeURIComponent(url.parse(req.url).pathname));
  if (fs.existsSync(file)) fs.createReadStream(file).pipe(res); // expect: path-traversal.read
  if (file.indexOf(root) === 0) fs.createReadStream(file).pipe(res); // todo-expect: path-traversal.read
  if (file.startsWith(root + path.sep)) fs.createReadStream(file).pipe(res); // safe: path-traversal.read
  fs.createReadStream(path.join(root, path.basename(file))).pipe(res); // safe: path-traversal.read
});
server.listen(8080);
