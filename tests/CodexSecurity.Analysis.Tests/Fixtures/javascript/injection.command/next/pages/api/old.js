import { exec } from 'child_process';
export default function handler(req, res) {
  exec('ls ' + req.body.dir); // expect: injection.command
  res.setHeader('Content-Type', 'text/html');
  res.status(200).send('<b>' + req.query.name + '</b>'); // expect: xss.html
}
