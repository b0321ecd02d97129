"use strict";
// What TypeScript's compiler makes of decorators.
var __decorate = (this && this.__decorate) || function (decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc, d;
    for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : d(target, key, r)) || r;
    return r;
};
var __param = (this && this.__param) || function (paramIndex, decorator) { return function (target, key) { decorator(target, key, paramIndex); } };
var __metadata = (this && this.__metadata) || function (k, v) { if (typeof Reflect === "object") return Reflect.metadata(k, v); };
const child_process_1 = require("child_process");
const routing_controllers_1 = require("routing-controllers");
class Shell {
    run(command) { child_process_1.exec(command); } // expect: injection.command
}
let ShellController = class ShellController {
    constructor(shell) { this.shell = shell; }
    run(command) { this.shell.run("ls " + command); }
    list(id) { child_process_1.exec("ls " + id); } // expect: injection.command
};
__decorate([
    (0, routing_controllers_1.Get)("/run"),
    __param(0, (0, routing_controllers_1.QueryParam)("command")),
    __metadata("design:type", Function)
], ShellController.prototype, "run", null);
__decorate([
    (0, routing_controllers_1.Get)("/list/:id"),
    __param(0, (0, routing_controllers_1.Param)("id"))
], ShellController.prototype, "list", null);
ShellController = __decorate([
    (0, routing_controllers_1.JsonController)(),
    __metadata("design:paramtypes", [Shell])
], ShellController);

// swc's and esbuild's names for the same, and tsoa.
function _ts_decorate(decorators, target, key, desc) { return decorators.reduce((r, d) => d(target, key, r) || r, target); }
function _ts_param(index, decorator) { return (target, key) => decorator(target, key, index); }
var __decorateClass = (decorators, target, key, kind) => decorators.reduce((r, d) => d(target, key, r) || r, target);
var __decorateParam = (index, decorator) => (target, key) => decorator(target, key, index);
const tsoa_1 = require("tsoa");
const common_1 = require("@nestjs/common");
class Swc {
    find(name, limit) { child_process_1.exec("find " + name); } // expect: injection.command
}
_ts_decorate([(0, tsoa_1.Get)("find"), _ts_param(0, (0, tsoa_1.Query)())], Swc.prototype, "find", null);
Swc = _ts_decorate([(0, tsoa_1.Route)("swc")], Swc);
let Esbuild = class {
    find(name) { child_process_1.exec("find " + name); } // expect: injection.command
    other(name) { child_process_1.exec("find " + name); } // safe: injection.command
};
__decorateClass([(0, common_1.Get)("find"), __decorateParam(0, (0, common_1.Query)("name"))], Esbuild.prototype, "find", 1);
Esbuild = __decorateClass([(0, common_1.Controller)("esbuild")], Esbuild);
