// What a request brings, as it is read from the stream.
const { exec } = require('child_process'); const http = require('http');
http.createServer(async (req, res) => {
  let s = ''; for await (const chunk of req) s += chunk;
  exec('ls ' + JSON.parse(s).dir); // expect: injection.command
  const chunks = []; req.on('data', c => chunks.push(c)); req.on('end', () => { const b = Buffer.concat(chunks).toString(); exec('b ' + b); }); // expect: injection.command
  const u = new URL(req.url, 'http://x'); exec('c ' + u.searchParams.get('d')); // expect: injection.command
  exec('d ' + Object.fromEntries(u.searchParams).x); // expect: injection.command
  for (const [k, v] of u.searchParams) exec('e ' + v); // expect: injection.command
  u.searchParams.forEach((v, k) => exec('f ' + v)); // expect: injection.command
  exec('g ' + u.pathname.slice(1)); // expect: injection.command
  exec('h ' + req.headers['x-a']); // expect: injection.command
  exec('i ' + req.rawHeaders[1]); // expect: injection.command
  exec('j ' + require('querystring').parse(s).dir); // expect: injection.command
  const cookies = require('cookie').parse(req.headers.cookie || ''); exec('k ' + cookies.a); // expect: injection.command
}).listen(1);
