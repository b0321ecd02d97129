// What is too far down from what a package offers stands nearer to what the file inside exports: the same objects are walked again from there.
exports.tools = { shell: { runners: require('./runners') } };
exports.near = require('./runners').near;
