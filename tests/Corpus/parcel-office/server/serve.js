#!/usr/bin/env node
'use strict';

const http = require('http');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..', 'public');
const port = Number(process.env.PORT) || 8080;

http.createServer((request, response) => {
  const name = decodeURIComponent(request.url.split('?')[0]);
  fs.readFile(path.join(root, name === '/' ? 'index.html' : name), (error, content) => {
    response.writeHead(error ? 404 : 200);
    response.end(error ? 'not found' : content);
  });
}).listen(port, () => console.log('parcel office on port ' + port));
