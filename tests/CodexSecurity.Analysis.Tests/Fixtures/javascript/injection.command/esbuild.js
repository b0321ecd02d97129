// Modules as esbuild writes them for CommonJS.
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? Object.create(Object.getPrototypeOf(mod)) : {}, __copyProps(
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/quote.js
var require_quote = __commonJS({
  "src/quote.js"(exports2, module2) {
    module2.exports = (text) => `"${text}"`;
  }
});
// src/list.js
var require_list = __commonJS({
  "src/list.js"(exports2) {
    var quote = require_quote();
    exports2.list = (name) => `ls ${quote(name)}`;
    exports2.all = () => "ls";
  }
});

// src/index.ts
var index_exports = {};
__export(index_exports, {
  Shell: () => Shell,
  run: () => run
});
module.exports = __toCommonJS(index_exports);
var import_child_process = require("child_process");
var import_cp = __toESM(require("child_process"));
var import_list = __toESM(require_list());
async function run(host) {
  (0, import_child_process.exec)("ping " + host); // expect: injection.command
  (0, import_child_process.exec)(import_list.list(host)); // expect: injection.command
  (0, import_child_process.exec)(import_list.all(host)); // safe: injection.command
}
var Shell = class {
  constructor(options = {}) {
    this.options = options;
  }
  go() {
    import_cp.default.execSync(`ls ${this.options.dir}`); // expect: injection.command
  }
};
function unused(host) {
  import_cp.exec("ping " + host); // safe: injection.command
}
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  Shell,
  run
});
