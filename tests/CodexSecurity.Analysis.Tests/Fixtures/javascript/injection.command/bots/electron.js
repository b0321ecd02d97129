// A page in a window is not trusted.
const { app, ipcMain, shell } = require('electron'); const { exec } = require('child_process');
ipcMain.on('run', (event, arg) => { exec('ls ' + arg.dir); event.reply('x', 1); }); // expect: injection.command
ipcMain.handle('run2', async (event, dir) => { exec('ls ' + dir); shell.openExternal(dir); }); // expect: injection.command
app.setAsDefaultProtocolClient('x'); app.on('open-url', (e, url) => { exec('a ' + url); }); // expect: injection.command
