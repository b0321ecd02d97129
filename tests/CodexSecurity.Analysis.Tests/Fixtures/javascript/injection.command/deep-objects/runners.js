const { exec } = require('child_process');

module.exports = {
  near: (name) => exec('ls ' + name), // expect: injection.command
  far: {
    run: (name) => exec('cat ' + name), // expect: injection.command
    stop: () => exec('true'), // safe: injection.command
  },
};
