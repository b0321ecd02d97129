const http2 = require('http2'); const { exec } = require('child_process');
const server = http2.createSecureServer({});
server.on('stream', (stream, headers) => { exec('ls ' + headers[':path']); stream.respond({ 'content-type': 'text/html' }); stream.end('done'); }); // expect: injection.command
server.listen(1);
