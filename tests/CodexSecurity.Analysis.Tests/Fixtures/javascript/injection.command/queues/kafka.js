const { Kafka } = require('kafkajs'); const { exec } = require('child_process');
const consumer = new Kafka({}).consumer({ groupId: 'a' });
consumer.run({ eachMessage: async ({ topic, partition, message }) => { exec('ls ' + message.value.toString()); } }); // expect: injection.command
