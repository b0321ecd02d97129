'use strict';

const { exec, execFile } = require('child_process');

/** Prints a label file on a printer. */
function printLabel(printer, file, done) {
  exec('lp -d ' + printer + ' ' + file, (error, output) => done(error, output));
}

/** Prints a stored template; no shell takes part. */
function printLabelByTemplate(printer, template, done) {
  execFile('lp', ['-d', printer, '--', template], (error, output) => done(error, output));
}

module.exports = { printLabel, printLabelByTemplate };
