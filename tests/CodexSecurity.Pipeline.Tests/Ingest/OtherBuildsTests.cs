using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Pipeline.Tests.Ingest;

public class OtherBuildsTests
{
    private const string Required = "'use strict';\nvar tools_1 = require('./tools');\nexports.set = function (target, key, value) {\n  tools_1.write(target, key, value);\n};\n";
    private const string Imported = "import { write } from './tools';\nexport function set(target, key, value) {\n  write(target, key, value);\n}\n";
    private const string Tools = "'use strict';\nexports.write = function write(target, key, value) {\n  target[key] = value;\n};\n";
    private const string ImportedTools = "export const write = function (target, key, value) {\n  target[key] = value;\n};\n";

    private static string Left(string manifest, params (string Path, string Text)[] files) =>
        string.Join(' ', SourceSelector.Select(SourceSelectionTests.Make([("package.json", manifest), .. files])).Files.Where(f => f.Role == FileRole.LeftOut).Select(f => f.Path + ": " + f.Note));

    [Theory]
    [InlineData("""{"main":"lib/index.js","module":"es/index.js"}""", "lib/", "es/")]
    [InlineData("""{"main":"./dist/cjs/index","module":"dist/esm/index.js"}""", "dist/cjs/", "dist/esm/")]
    [InlineData("""{"main":"index.js","browser":{"./index.js":"./browser/index.js"}}""", "", "browser/")]
    [InlineData("""{"exports":{".":{"import":"./es/index.js","require":"./lib/index.js"}}}""", "lib/", "es/")]
    [InlineData("""{"exports":{"./a":{"import":{"types":"./a.d.ts","default":"./es/index.js"},"require":["./lib/index.js"]}}}""", "lib/", "es/")]
    [InlineData("""{"module":"es/index.js"}""", "", "es/")]
    public void A_second_build_of_an_entry_is_left_out_with_what_it_is_made_of(string manifest, string first, string other) =>
        Assert.Equal($"{other}index.js: another build of {first}index.js, which is analysed {other}tools.js: another build of {first}tools.js, which is analysed",
            Left(manifest, (first + "index.js", Required), (first + "tools.js", Tools), (other + "index.js", Imported), (other + "tools.js", ImportedTools)));

    [Fact]
    public void Builds_may_lie_side_by_side() =>
        Assert.Equal("dist/index.mjs: another build of dist/index.js, which is analysed dist/tools.mjs: another build of dist/tools.js, which is analysed",
            Left("""{"main":"dist/index.js","module":"dist/index.mjs"}""", ("dist/index.js", Required), ("dist/tools.js", Tools), ("dist/index.mjs", Imported), ("dist/tools.mjs", ImportedTools)));

    [Fact]
    public void What_only_the_second_build_says_is_analysed() =>
        Assert.Equal("es/index.js: another build of lib/index.js, which is analysed", Left("""{"main":"lib/index.js","module":"es/index.js"}""",
            ("lib/index.js", Required), ("lib/tools.js", Tools), ("es/index.js", Imported), ("es/tools.js", ImportedTools + "eval(name);\n"), ("es/more.js", ImportedTools)));

    [Fact]
    public void What_the_first_build_loads_of_the_second_is_analysed_with_what_that_loads() =>
        Assert.Equal("es/index.js: another build of lib/index.js, which is analysed", Left("""{"main":"lib/index.js","module":"es/index.js"}""",
            ("lib/index.js", Required + "require('../es/tools');\n"), ("lib/tools.js", Tools + "require('./deep');"), ("lib/deep.js", Tools), ("es/index.js", Imported), ("es/tools.js", ImportedTools + "import './deep.js';"), ("es/deep.js", ImportedTools)));

    [Fact]
    public void A_folder_named_after_a_system_of_modules_needs_no_manifest() =>
        Assert.Equal("es/lib/tools.js: another build of lib/tools.js, which is analysed", Left("{}",
            ("lib/tools.js", Tools.Replace("target[key]", "_target[key]", StringComparison.Ordinal)), ("es/lib/tools.js", ImportedTools), ("es/lib/more.js", ImportedTools), ("next/lib/tools.js", ImportedTools),
            ("lib/short.js", Tools + Required + Tools + Required + Tools + Required), ("es/lib/short.js", ImportedTools)));

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("""{"main":"lib/index.js","module":"es/\ud800.js"}""")]
    [InlineData("""{"main":"lib/index.js","module":"lib/index.js"}""")]
    [InlineData("""{"main":"lib/index.js","module":"es/other.js"}""")]
    [InlineData("""{"main":{"a":"b"},"exports":"./lib/index.js","browser":{"./lib/index.js":false}}""")]
    public void Folders_that_no_manifest_calls_builds_of_one_entry_are_not(string manifest) =>
        Assert.Equal("", Left(manifest, ("lib/index.js", Required), ("lib/tools.js", Tools), ("es/index.js", Imported), ("es/tools.js", ImportedTools)));
}
