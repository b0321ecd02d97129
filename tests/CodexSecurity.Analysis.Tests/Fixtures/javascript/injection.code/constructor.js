// Methods that a constructor gives to "this" are reached through an instance.
var Builder = function (context) {
  var self = this;
  function lookup(path) { return 'context.' + path.replace(/\*/g, ''); }
  this.evaluate = function (path) {
    return eval(lookup(path)); // expect: injection.code
  };
  self.size = function (list) {
    return eval('1 + ' + list.length); // safe: injection.code
  };
};
module.exports = Builder;
