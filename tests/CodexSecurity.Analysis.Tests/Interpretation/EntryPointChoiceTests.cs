using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>Of several ways in, the one that a user of the package surely has.</summary>
public sealed class EntryPointChoiceTests
{
    [Fact]
    public void What_a_module_exports_in_any_case_is_preferred()
    {
        var file = new SourceFile("index.js", """
            const cp = require('child_process');
            function inner(words) { cp.exec('ps ' + words.join(' ')); }
            function list(query) { inner(query.words); }
            if (process.env.NODE_ENV === 'test') module.exports = { inner: inner, list: list };
            else module.exports = { list: list };
            """);
        var candidate = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates);
        Assert.Equal("list", candidate.EntryPoint!.FunctionName);
    }

    /// <summary>Writes behind one lookup: the nearest are reported, and the first of them says how many others there are.</summary>
    [Theory]
    [InlineData(4, "")]
    [InlineData(5, " 1 further write behind the same lookup is not listed.")]
    [InlineData(7, " 3 further writes behind the same lookup are not listed.")]
    public void Writes_behind_one_lookup_are_counted(int writes, string told)
    {
        var lines = string.Join('\n', Enumerable.Range(0, writes).Select(n => $"  found[name + '{(char)('a' + n)}'] = value;"));
        var file = new SourceFile("index.js", $"exports.put = function (object, key, name, value) {{\n  var found = object[key];\n{lines}\n}};");
        var found = AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates;
        Assert.Equal(Enumerable.Range(3, 4), found.Select(c => c.Sink.StartLine));
        Assert.EndsWith("written there." + told, found[0].Message, StringComparison.Ordinal);
        Assert.All(found.Skip(1), c => Assert.EndsWith("written there.", c.Message, StringComparison.Ordinal));
    }

    /// <summary>Modules that hand on what another exports, as people, compilers and bundlers write it: each name leads to its own function.</summary>
    [Theory]
    [InlineData("for (const name in lib) exports[name] = lib[name];")]
    [InlineData("Object.keys(lib).forEach(function (name) { exports[name] = lib[name]; });")]
    [InlineData("function __export(m) { for (var p in m) if (!exports.hasOwnProperty(p)) exports[p] = m[p]; }\n__export(lib);")]
    [InlineData("""
        var __createBinding = (this && this.__createBinding) || (Object.create ? (function (o, m, k, k2) {
            if (k2 === undefined) k2 = k;
            var desc = Object.getOwnPropertyDescriptor(m, k);
            if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) desc = { enumerable: true, get: function () { return m[k]; } };
            Object.defineProperty(o, k2, desc);
        }) : (function (o, m, k, k2) { if (k2 === undefined) k2 = k; o[k2] = m[k]; }));
        var __exportStar = (this && this.__exportStar) || function (m, exports) { for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports, p)) __createBinding(exports, m, p); };
        __exportStar(lib, exports);
        """)]
    [InlineData("Object.keys(lib).forEach(function (key) { if (key === 'default') return; Object.defineProperty(exports, key, { enumerable: true, get: function () { return lib[key]; } }); });")]
    [InlineData("var __export = (target, all) => { for (var name in all) Object.defineProperty(target, name, { get: all[name], enumerable: true }); };\n__export(exports, { about: () => lib.about, run: () => lib.run, stop: () => lib.stop });")]
    public void Exports_that_are_handed_on_keep_their_names(string handOn)
    {
        var main = new SourceFile("index.js", "const lib = require('./lib');\n" + handOn);
        var lib = new SourceFile("lib.js", """
            const cp = require('child_process');
            exports.about = function () { return 'a tool'; };
            exports.run = function (command) { cp.exec(command); };
            exports.stop = function (task) { task.stop(); };
            """);
        var manifest = new SourceFile("package.json", """{ "name": "x", "main": "index.js" }""");
        var entry = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([main, lib], [manifest], []), AnalysisOptions.Default).Candidates).EntryPoint!;
        Assert.Equal(("index.js", "run"), (entry.ModulePath, string.Join('/', entry.Access.Select(a => a.Name))));
    }

    // What a helper of many gives back comes from any of them.
    [Fact]
    public void Of_functions_that_share_a_helper_the_one_with_the_sink_is_the_way_in()
    {
        var others = Enumerable.Range(0, 12).Select(i => FormattableString.Invariant($"m{i:00}")).ToList();
        var main = new SourceFile("index.js", string.Concat(others.Append("slow").Select(n => $"exports.{n} = require('./{n}');\n")));
        var text = new SourceFile("text.js", "module.exports = function (x) { return '' + x; };");
        var slow = new SourceFile("slow.js", "const text = require('./text');\nmodule.exports = function (s) { return text(s).replace(/&([^;]+);/g, ''); };");
        var files = others.Select(n => new SourceFile(n + ".js", "const text = require('./text');\nmodule.exports = function (s) { return text(s).length; };"));
        var manifest = new SourceFile("package.json", """{ "name": "x", "main": "index.js" }""");
        var entry = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([main, text, slow, .. files], [manifest], []), AnalysisOptions.Default).Candidates).EntryPoint!;
        Assert.Equal(("index.js", "slow"), (entry.ModulePath, string.Join('/', entry.Access.Select(a => a.Name))));
    }

    // Each of them gives it another work.
    [Fact]
    public void Of_functions_that_share_an_iterator_the_one_with_the_sink_is_the_way_in()
    {
        var others = string.Concat(Enumerable.Range(0, 20).Select(i => FormattableString.Invariant($"exports.f{i:00} = function (list, given) {{ var sum = given; each(list, function (v, k) {{ sum = sum + v + {i}; }}); return sum; }};\n")));
        var file = new SourceFile("index.js", """
            function each(all, go) { for (var k in all) { if (Object.prototype.hasOwnProperty.call(all, k)) { if (go(all[k], k) === false) return all[k]; } } }
            """ + "\n" + others + """
            exports.set = function (target, path, value) {
                var at = target;
                each(path, function (key, i) {
                    var next = path[i + 1];
                    if (!next) at[key] = value; else at = at[key] = at[key] || {};
                });
                return target;
            };
            """);
        var candidates = AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates.Where(c => c.RuleId.StartsWith("prototype-pollution", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(candidates);
        Assert.All(candidates, c => Assert.Equal("set", string.Join('/', c.EntryPoint!.Access.Select(a => a.Name))));
    }

    // require(name) gives any module of the folder, but not the one that asked for the loader by its name.
    [Fact]
    public void Who_loads_a_loader_by_name_is_no_plug_in_of_it()
    {
        var main = new SourceFile("lib/main.js", """
            const plugins = require('./plugins'), cp = require('child_process');
            exports.load = function () {
                const task = plugins.first();
                task.list = function (folder) { cp.exec('ls ' + folder); };
                return task;
            };
            """);
        var loader = new SourceFile("lib/plugins.js", "const fs = require('fs'), path = require('path');\nexports.first = function () { return require(path.join(__dirname, 'x' + Date.now())); };");
        var plugin = new SourceFile("lib/clean.js", "exports.title = 'clean';");
        var manifest = new SourceFile("package.json", """{ "name": "x", "main": "lib/main.js" }""");
        var candidates = AnalysisEngine.Analyze(new ProjectInput([main, loader, plugin], [manifest], []), AnalysisOptions.Default).Candidates.Where(c => c.RuleId == "injection.command").ToList();
        Assert.NotEmpty(candidates);
        Assert.All(candidates, c => Assert.False(c.EntryPoint is { ModulePath: "lib/main.js", Access: [{ Name: "list" }, ..] }));
    }

    // The call alone only keeps what it is given; the method that is called on what came of it does the work.
    [Fact]
    public void What_a_call_left_behind_for_a_method_is_attacked_by_the_method()
    {
        var file = new SourceFile("index.js", """
            const cp = require('child_process');
            function Job(request) {
                if (!(this instanceof Job)) return new Job(request);
                this.request = request;
            }
            Job.prototype.run = function () { cp.exec('ls ' + this.request.folder); };
            module.exports = Job;
            """);
        var candidate = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates);
        Assert.Equal([AccessKind.New, AccessKind.Property], candidate.EntryPoint!.Access.Select(a => a.Kind));
    }

    [Fact]
    public void The_shortest_way_in_is_taken()
    {
        var file = new SourceFile("index.js", """
            const cp = require('child_process');
            function Tool(name) { this.name = name; }
            Tool.prototype = { between: function (left, right) { return new Tool(left + right); }, run: function () { cp.exec(this.name); } };
            module.exports = function (name) { return new Tool(name); };
            module.exports.between = function (left, right) { return { last: { of: { all: new Tool(left + right) } } }; };
            """);
        var entry = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates).EntryPoint!;
        Assert.Equal("()/run", string.Join('/', entry.Access.Select(a => a.Name.Length > 0 ? a.Name : "()")));
    }

    /// <summary>A way in that the analysis does not see through leaves the functions inside to those who import them by their paths.</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData(", \"exports\": \"./index.js\"", 0)]
    public void Functions_inside_that_nothing_leads_to_are_run_as_imported_by_their_paths(string exports, int expected)
    {
        var main = new SourceFile("index.js", "const strip = require('./lib/strip');\nmodule.exports = function (kind) { const tools = { strip }; return tools[process.env.TOOL]('a tool'); };");
        var inner = new SourceFile("lib/strip.js", "module.exports = function (text) { return text.replace(/\\s+$/, ''); };");
        var manifest = new SourceFile("package.json", $$"""{ "name": "x", "main": "index.js"{{exports}} }""");
        var found = AnalysisEngine.Analyze(new ProjectInput([main, inner], [manifest], []), AnalysisOptions.Default).Candidates.Where(c => c.SourceKind == "library-input").ToList();
        Assert.Equal(expected, found.Count);
        Assert.All(found, c => Assert.Equal((Confidence.Low, "lib/strip.js"), (c.Confidence, c.EntryPoint!.ModulePath)));
    }
}
