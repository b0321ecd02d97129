const { exec } = require('child_process');
addEventListener('fetch', (event) => event.respondWith(answer(event.request)));
async function answer(request) { exec('ls ' + (await request.text())); } // expect: injection.command
