const client = require('some-service');
const password = 'hG7!kq92_Lmz4Rw'; // expect: secrets.hard-coded
exports.connect = () => client.connect({ user: 'app', password });
exports.fromEnvironment = () => client.connect({ user: 'app', password: process.env.PASSWORD }); // safe: secrets.hard-coded
exports.placeholder = () => client.connect({ user: 'app', password: 'your-password-here' }); // safe: secrets.hard-coded
