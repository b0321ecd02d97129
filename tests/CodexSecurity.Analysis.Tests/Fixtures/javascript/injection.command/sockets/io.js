const { exec } = require('child_process');
const io = require('socket.io')(3000);
io.on('connection', socket => {
  exec('ls ' + socket.handshake.query.dir); // expect: injection.command
  socket.on('msg', (data, cb) => { exec('ls ' + data.dir); }); // expect: injection.command
});
io.of('/adm').on('connection', s => s.on('x', d => exec('ls ' + d))); // expect: injection.command
io.use((socket, next) => { exec('a ' + socket.handshake.auth.token); next(); }); // expect: injection.command
