const grpc = require('@grpc/grpc-js'); const { exec } = require('child_process');
const proto = grpc.loadPackageDefinition({}).x;
const server = new grpc.Server();
server.addService(proto.X.service, { run: (call, callback) => { exec('ls ' + call.request.dir); callback(null, {}); }, stream(call) { call.on('data', d => exec('b ' + d.x)); } }); // expect: injection.command
