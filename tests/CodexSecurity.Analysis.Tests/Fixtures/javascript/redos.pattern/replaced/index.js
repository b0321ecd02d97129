exports = module.exports = require('./common');
exports.formatters.line = text => text.replace(/\s*\n\s*/g, ' '); // expect: redos.pattern
