exports = module.exports = create;
exports.formatters = {};
function create(name) {
  return () => exports.formatters[name](name);
}
