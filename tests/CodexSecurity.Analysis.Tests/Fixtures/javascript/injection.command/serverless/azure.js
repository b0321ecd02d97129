// Azure Functions, version 4.
const { app } = require('@azure/functions');
const cp = require('child_process');
app.http('run', { methods: ['GET'], handler: async (request, context) => {
  const name = request.query.get('name') || await request.text();
  cp.exec('ls ' + name); // expect: injection.command
  return { headers: { 'content-type': 'text/html' }, body: `<b>${name}</b>` };
} });
app.storageQueue('q', { queueName: 'x', handler: (item, context) => { cp.exec('ls ' + item.dir); } }); // expect: injection.command
