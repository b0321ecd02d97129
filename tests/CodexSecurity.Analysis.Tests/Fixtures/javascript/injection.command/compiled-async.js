"use strict";
// Asynchronous functions as compilers write them: TypeScript for ES2015 and ES5, esbuild, swc.
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    return new (P || (P = Promise))(function (resolve, reject) {
        function step(result) { result.done ? resolve(result.value) : step(generator.next(result.value)); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
var __generator = (this && this.__generator) || function (thisArg, body) {
    var state = { label: 0, sent: function () { return state.value; }, trys: [], ops: [] };
    return { next: function (v) { state.value = v; return { value: body.call(thisArg, state), done: false }; } };
};
var __async = (self, args, generator) => new Promise((resolve, reject) => {
    var step = (x) => x.done ? resolve(x.value) : Promise.resolve(x.value).then((v) => step(generator.next(v)), reject);
    step((generator = generator.apply(self, args)).next());
});
function _async_to_generator(fn) {
    return function () {
        var self = this, args = arguments;
        return new Promise(function (resolve, reject) { var gen = fn.apply(self, args); resolve(gen.next().value); });
    };
}
const child_process_1 = require("child_process");

function options(name) { return __awaiter(this, void 0, void 0, function* () { return { name: name, quiet: true }; }); }
exports.awaiter = function (name) {
    return __awaiter(this, void 0, void 0, function* () {
        const o = yield options(name);
        child_process_1.exec("ls " + o.name); // expect: injection.command
        child_process_1.exec("ls " + o.quiet); // safe: injection.command
    });
};
class Lister {
    list(name) {
        return __awaiter(this, void 0, void 0, function* () {
            child_process_1.exec("ls " + (yield this.resolve(name))); // expect: injection.command
        });
    }
    resolve(name) { return __awaiter(this, void 0, void 0, function* () { return "/" + name; }); }
}
exports.Lister = Lister;

exports.generator = function (name) {
    return __awaiter(this, void 0, void 0, function () {
        var o;
        return __generator(this, function (_a) {
            switch (_a.label) {
                case 0: return [4 /*yield*/, options(name)];
                case 1:
                    o = _a.sent();
                    child_process_1.exec("ls " + o.name); // expect: injection.command
                    return [2 /*return*/];
            }
        });
    });
};

function named(name) { return __async(this, null, function* () { return { name }; }); }
exports.esbuild = (name) => __async(null, [name], function* (given) {
    const o = yield named(name);
    child_process_1.exec("ls " + o.name); // expect: injection.command
    child_process_1.exec("cat " + given); // expect: injection.command
});

function found() { return _found.apply(this, arguments); }
function _found() {
    _found = _async_to_generator(function* (name) { return { name }; });
    return _found.apply(this, arguments);
}
exports.swc = _async_to_generator(function* (name) {
    const o = yield found(name);
    child_process_1.exec("ls " + o.name); // expect: injection.command
});
