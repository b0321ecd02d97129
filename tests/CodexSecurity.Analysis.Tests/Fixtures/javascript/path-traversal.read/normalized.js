// The path of a request begins with a slash: normalised it can't climb above the folder that it is put below.
const fs = require('fs');
const http = require('http');
const path = require('path');
const url = require('url');

http.createServer((req, res) => {
  const pathname = path.normalize(url.parse(req.url).pathname);
  let file = path.join('public', pathname);
  if (path.extname(file) === '') file = path.join(file, 'index.html');
  fs.readFile(file, () => res.end()); // safe: path-traversal.read
}).listen(1);
http.createServer((req, res) => {
  const clean = path.posix.normalize(decodeURI(req.url.split('?')[0]));
  fs.readFile('public' + clean, () => res.end()); // safe: path-traversal.read
}).listen(2);
http.createServer((req, res) => {
  fs.readFile(path.join('public', url.parse(req.url).pathname), () => res.end()); // expect: path-traversal.read
}).listen(3);
// Decoded afterwards, without the slash, resolved, or below nothing.
http.createServer((req, res) => {
  fs.readFile('public' + decodeURIComponent(path.normalize(req.url)), () => res.end()); // expect: path-traversal.read
}).listen(4);
http.createServer((req, res) => {
  fs.readFile(path.join('public', path.normalize(req.url.replace(/^\//, ''))), () => res.end()); // expect: path-traversal.read
}).listen(5);
http.createServer((req, res) => {
  fs.readFile(path.resolve('public', path.normalize(req.url)), () => res.end()); // expect: path-traversal.read
}).listen(6);
http.createServer((req, res) => {
  fs.readFile(path.normalize(req.url), () => res.end()); // expect: path-traversal.read
}).listen(7);
http.createServer((req, res) => {
  fs.readFile(path.join('public', path.join('/', decodeURIComponent(req.url))), () => res.end()); // safe: path-traversal.read
}).listen(8);
http.createServer((req, res) => {
  fs.readFile(path.resolve('public', '/' + req.headers.name), () => res.end()); // expect: path-traversal.read
}).listen(9);
http.createServer((req, res) => {
  fs.readFile('public' + path.normalize(req.url).replace(/%20/g, ''), () => res.end()); // expect: path-traversal.read
}).listen(10);
http.createServer((req, res) => {
  fs.readFile('public' + path.normalize(req.url).replace(/^\/static/, ''), () => res.end()); // safe: path-traversal.read
}).listen(11);
// What a pattern matches begins anywhere.
http.createServer((req, res) => {
  fs.readFile('public/' + path.normalize(req.url.match(/\w.*/)[0]), () => res.end()); // expect: path-traversal.read
}).listen(12);
http.createServer((req, res) => {
  fs.readFile('public/' + path.normalize(/\w.*/.exec(req.url)[0]), () => res.end()); // expect: path-traversal.read
}).listen(13);
