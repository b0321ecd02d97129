using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Pipeline.Tests.Ingest;

/// <summary>Which files say only what another one says.</summary>
public class CopiesTests
{
    private static string Lines(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => $"  function name{i}(value) {{ return value + '{i}'; }}\n"));

    private static string Left(string manifest, params (string Path, string Text)[] files) =>
        string.Join(' ', SourceSelector.Select(SourceSelectionTests.Make([("package.json", manifest), .. files])).Files.Where(f => f.Role == FileRole.LeftOut).Select(f => f.Path + ": " + f.Note));

    [Fact]
    public void The_same_program_for_another_loader_is_left_out_and_what_the_package_gives_stays()
    {
        var imported = "import tools from 'tools';\n" + Lines(0, 60).Replace("  function", "export function", StringComparison.Ordinal) + "export { name1 as default };\n";
        var inFunction = "(function (root, factory) {\n" + Lines(0, 60) + "  exports.name1 = name1;\n})(this, {});\n";
        Assert.Equal("dist/tool.browser.js: says what dist/tool.cjs.js says, which is analysed dist/tool.es.js: says what dist/tool.cjs.js says, which is analysed dist/tool.umd.js: says what dist/tool.cjs.js says, which is analysed, but for 1 of its lines",
            Left("""{"main":"dist/tool.cjs.js"}""", ("dist/tool.browser.js", inFunction), ("dist/tool.cjs.js", "'use strict';\n" + Lines(0, 60)), ("dist/tool.es.js", imported), ("dist/tool.umd.js", inFunction + "root.tools = name1(name2);\n")));
    }

    [Fact]
    public void A_smaller_build_beside_the_whole_one_is_left_out() =>
        Assert.Equal("dist/tool.nowrap.js: says what dist/tool.js says, which is analysed", Left("""{"main":"index.js"}""", ("index.js", "module.exports = 1;"), ("dist/tool.js", Lines(0, 90)), ("dist/tool.nowrap.js", Lines(10, 70))));

    [Fact]
    public void One_line_that_no_other_file_says_keeps_a_file_of_another_name() =>
        Assert.Equal("", Left("""{"main":"index.js"}""", ("index.js", "module.exports = 1;"), ("lib/one.js", Lines(0, 90)), ("lib/two.js", Lines(0, 80) + "  exports.run = command => eval(command);\n")));

    [Fact]
    public void A_build_with_more_than_its_loader_needs_is_analysed() =>
        Assert.Equal("", Left("""{"main":"dist/tool.cjs.js"}""", ("dist/tool.cjs.js", Lines(0, 60)), ("dist/tool.es.js", Lines(0, 60) + Lines(500, 4))));

    [Fact]
    public void A_line_more_in_a_written_file_of_such_a_name_keeps_it() =>
        Assert.Equal("", Left("""{"main":"server.js"}""", ("server.js", Lines(0, 60)), ("server.dev.js", Lines(0, 60) + "app.use(readAnyFile);\n")));

    [Theory]
    [InlineData("eval(x);")]
    [InlineData("function run(command) { return exec(command);")]
    [InlineData("typeof module !== 'undefined' && eval(name),")]
    [InlineData("})(eval(name));")]
    [InlineData("/* a note */ eval(name);")]
    [InlineData("return name;")]
    public void A_short_or_hidden_line_is_a_difference(string line) =>
        Assert.Equal("", Left("""{"main":"index.js"}""", ("index.js", "module.exports = 1;"), ("lib/one.js", Lines(0, 90)), ("lib/two.js", Lines(0, 80) + line + "\n")));

    [Theory]
    [InlineData("""{"main":"index.js","scripts":{"start":"NODE_ENV=production node --trace-warnings lib/two"}}""")]
    [InlineData("""{"main":"index.js","bin":{"two":"./lib/two.js"}}""")]
    public void What_a_package_starts_stays(string manifest) =>
        Assert.Equal("lib/three.js: says what lib/two.js says, which is analysed", Left(manifest, ("index.js", "module.exports = 1;"), ("lib/two.js", Lines(0, 80)), ("lib/three.js", Lines(0, 80))));

    [Theory]
    [InlineData("src/tool.js", "")]
    [InlineData("other/tool.js", "require('./other/tool')")]
    public void Sources_and_what_is_loaded_stay(string path, string index) =>
        Assert.Equal("", Left("""{"main":"index.js"}""", ("index.js", index), ("dist/tool.js", Lines(0, 60)), (path, Lines(0, 60))));

    [Fact]
    public void Packages_beside_each_other_are_no_copies_of_each_other() =>
        Assert.Equal("", Left("{}", ("packages/a/package.json", "{}"), ("packages/a/tool.js", Lines(0, 60)), ("packages/b/package.json", "{}"), ("packages/b/tool.js", Lines(0, 60))));

    [Fact]
    public void What_is_put_together_from_files_beside_it_is_left_out_unless_the_package_gives_it()
    {
        (string, string)[] parts = [.. Enumerable.Range(0, 8).Select(i => ($"lib/part{i}.js", "import './other';\n" + Lines(i * 50, 50)))];
        const string Note = "tools.js: put together from other files of the package, which are analysed";
        Assert.Equal(Note, Left("""{"main":"index.js"}""", [.. parts, ("tools.js", "(function (root) {\n" + Lines(0, 400).Replace("(value)", "(value$1)", StringComparison.Ordinal) + "})(this);\n")]));
        Assert.Equal(Note + ", but for 2 of its lines", Left("""{"main":"index.js"}""", [.. parts, ("tools.js", Lines(0, 400) + Lines(900, 2))]));
        Assert.Equal("", Left("""{"main":"index.js"}""", [.. parts, ("tools.js", Lines(0, 400) + Lines(900, 30))]));
        Assert.Equal("", Left("""{"main":"tools.js"}""", [.. parts, ("tools.js", Lines(0, 400))]));
        // Parts that are left out themselves are said by their other build.
        (string, string)[] required = [.. parts.Select(p => (p.Item1, p.Item2.Replace("  function", "exports.made = function", StringComparison.Ordinal)))];
        (string, string)[] imported = [.. parts.Select(p => ("es/" + p.Item1, p.Item2))];
        Assert.EndsWith(Note, Left("""{"main":"index.js"}""", [.. required, .. imported, ("tools.js", Lines(0, 400))]), StringComparison.Ordinal);
    }
}
