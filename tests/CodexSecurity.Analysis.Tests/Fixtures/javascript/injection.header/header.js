const http = require('http'), url = require('url');
http.createServer((req, res) => {
  const query = url.parse(req.url, true).query;
  res.setHeader('X-Name', query.name); // expect: injection.header
  res.setHeader('X-Name', encodeURIComponent(query.name)); // safe: injection.header
  res.end();
}).listen(8080);
