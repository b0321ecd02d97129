// Helper functions as compilers write them into a file.
const { exec } = require('child_process');
var __classPrivateFieldSet = (this && this.__classPrivateFieldSet) || function (receiver, state, value, kind, f) {
  if (kind === "m") throw new TypeError("Private method is not writable");
  return (kind === "a" ? f.call(receiver, value) : f ? f.value = value : state.set(receiver, value)), value;
};
var __classPrivateFieldGet = (this && this.__classPrivateFieldGet) || function (receiver, state, kind, f) {
  return kind === "m" ? f : kind === "a" ? f.call(receiver) : f ? f.value : state.get(receiver);
};
var __defNormalProp = (obj, key, value) => key in obj ? Object.defineProperty(obj, key, { value }) : obj[key] = value;
var __spreadValues = (a, b) => {
  for (var prop in b || (b = {})) __defNormalProp(a, prop, b[prop]);
  return a;
};
var _Shell_text, _Shell_fixed, _Shell_instances, _Shell_go;
class Shell {
  constructor(text) {
    _Shell_instances.add(this);
    _Shell_text.set(this, void 0);
    _Shell_fixed.set(this, 'ls');
    __classPrivateFieldSet(this, _Shell_text, text, "f");
  }
  run() {
    exec(__classPrivateFieldGet(this, _Shell_text, "f")); // expect: injection.command
    exec(__classPrivateFieldGet(this, _Shell_fixed, "f")); // safe: injection.command
  }
  inside(text) {
    __classPrivateFieldGet(this, _Shell_instances, "m", _Shell_go).call(this, text);
  }
}
_Shell_text = new WeakMap(), _Shell_fixed = new WeakMap(), _Shell_instances = new WeakSet(), _Shell_go = function _Shell_go(text) {
  exec(text); // expect: injection.command
};
exports.Shell = Shell;
exports.spread = (options) => {
  const all = __spreadValues({ fixed: 'ls' }, options);
  exec(all.text); // expect: injection.command
};
