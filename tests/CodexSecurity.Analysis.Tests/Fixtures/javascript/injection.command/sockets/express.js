const express = require('express'); const app = express(); require('express-ws')(app);
const { exec } = require('child_process');
app.ws('/echo', (ws, req) => { ws.on('message', msg => { exec('ls ' + msg); }); exec('ls ' + req.query.d); }); // expect: injection.command
app.listen(1);
