const { PubSub } = require('@google-cloud/pubsub');
const { Consumer } = require('sqs-consumer');
const nats = require('nats');
const Agenda = require('agenda');
const { exec } = require('child_process');

new PubSub().subscription('jobs').on('message', (m) => exec('ls ' + m.data)); // expect: injection.command
Consumer.create({ queueUrl: 'q', handleMessage: async (m) => { exec('ls ' + m.Body); } }); // expect: injection.command
async function start() {
  const connection = await nats.connect();
  connection.subscribe('jobs', { callback: (error, m) => exec('ls ' + m.data) }); // expect: injection.command
}
start();
const agenda = new Agenda();
agenda.define('job', async (job) => { exec('ls ' + job.attrs.data); }); // expect: injection.command
