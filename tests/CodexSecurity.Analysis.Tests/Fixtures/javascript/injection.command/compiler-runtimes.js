'use strict';

// The output of Babel with its helpers in packages.
var _interopRequireDefault = require('@babel/runtime/helpers/interopRequireDefault');
var _regenerator = _interopRequireDefault(require('@babel/runtime/regenerator'));
var _asyncToGenerator2 = _interopRequireDefault(require('@babel/runtime/helpers/asyncToGenerator'));
var _createClass2 = _interopRequireDefault(require('@babel/runtime/helpers/createClass'));
var _child_process = _interopRequireDefault(require('child_process'));

var Tool = function () {
  function Tool() {}
  (0, _createClass2.default)(Tool, [{ key: 'run', value: function run(name) { _child_process.default.exec('ls ' + name); } }]); // expect: injection.command
  return Tool;
}();

function load(name) {
  return Promise.resolve(name);
}

exports.Tool = Tool;
exports.list = function () {
  var _list = (0, _asyncToGenerator2.default)(_regenerator.default.mark(function _callee(name) {
    var loaded;
    return _regenerator.default.wrap(function (_context) {
      while (1) switch (_context.prev = _context.next) {
        case 0:
          _context.next = 2;
          return load(name);
        case 2:
          loaded = _context.sent;
          return _context.abrupt('return', loaded);
        case 4:
        case 'end':
          return _context.stop();
      }
    }, _callee);
  }));
  return function list(_x) { return _list.apply(this, arguments); };
}();

exports.open = function open(name) {
  return exports.list(name).then(function (loaded) {
    _child_process.default.exec('ls ' + loaded); // expect: injection.command
  });
};
