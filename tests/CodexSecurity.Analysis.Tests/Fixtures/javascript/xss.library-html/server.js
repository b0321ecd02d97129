const http = require('http'), escapeHtml = require('escape-html');
exports.serve = torrent => http.createServer((request, response) => {
  response.end('<h1>' + torrent.name + '</h1>'); // expect: xss.library-html
  response.write('<h1>' + escapeHtml(torrent.name) + '</h1>'); // safe: xss.library-html
  response.write(torrent.name); // safe: xss.library-html
});
