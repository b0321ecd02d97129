using System.Globalization;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Pipeline.Tests.Ingest;

public class SourceSelectionTests
{
    // Written code: indented, spaced, short lines.
    internal static string Written(int functions = 40) => string.Concat(Enumerable.Range(0, functions).Select(i => string.Create(CultureInfo.InvariantCulture, $"function step{i}(value, options) {{\n  const next = value + options.offset;\n  return next > {i} ? next : null;\n}}\n")));

    internal static string Minified(int functions = 40) => string.Concat(Enumerable.Range(0, functions).Select(i => string.Create(CultureInfo.InvariantCulture, $"function s{i}(e,t){{const n=e+t.offset;return n>{i}?n:null}}")));

    private const string WebpackRuntime = "module.exports = (function (modules) {\n  var installed = {};\n  function __webpack_require__(id) {\n    return installed[id];\n  }\n  return __webpack_require__(0);\n})([]);\n";

    internal static Snapshot Make(params (string Path, string Text)[] files) =>
        new(new(TargetKind.DirectorySnapshot, "r", "demo", null, null, "", ""), null,
            [.. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new SnapshotFile(f.Path, Encoding.UTF8.GetBytes(f.Text)))], [], [], []);

    private static SelectedFile Selected(string path, params (string Path, string Text)[] others) =>
        Assert.Single(SourceSelector.Select(Make(others)).Files, f => f.Path == path);

    [Theory]
    [InlineData("index.js", "exports.a = 1;", FileRole.Source)]
    [InlineData("src/app.tsx", "export const a = 1;", FileRole.Source)]
    [InlineData("bin/tool", "#!/usr/bin/env node\nmain();", FileRole.Source)]
    [InlineData("bin/other", "plain text", FileRole.Data)]
    [InlineData("test/a.js", "a();", FileRole.Test)]
    [InlineData("src/a.spec.ts", "a();", FileRole.Test)]
    [InlineData("examples/a.js", "a();", FileRole.Auxiliary)]
    [InlineData("gulpfile.js", "a();", FileRole.Auxiliary)]
    [InlineData("package.json", "{}", FileRole.Manifest)]
    [InlineData("packages/a/tsconfig.build.json", "{}", FileRole.Manifest)]
    [InlineData("yarn.lock", "", FileRole.Manifest)]
    [InlineData("app/assets/vendor/slider.js", "slide();", FileRole.LeftOut)]
    [InlineData("src/vendor.js", "sell();", FileRole.Source)]
    [InlineData("data.json", "{}", FileRole.Data)]
    [InlineData("README", "call a()", FileRole.Documentation)]
    [InlineData("readme.MD", "call a()", FileRole.Documentation)]
    [InlineData("docs/use.md", "call a()", FileRole.Documentation)]
    [InlineData("index.d.ts", "export declare const a: number;", FileRole.LeftOut)]
    [InlineData("lang/de.ts", "<?xml version=\"1.0\"?><TS></TS>", FileRole.LeftOut)]
    [InlineData("deploy.sh", "rm -rf x", FileRole.LeftOut)]
    [InlineData("views/a.ejs", "<%- a %>", FileRole.Source)]
    [InlineData("test/views/a.ejs", "<%- a %>", FileRole.Test)]
    [InlineData("views/a.html", "<p>{{ a|safe }}</p>", FileRole.Source)]
    [InlineData("views/plain.html", "<p>a</p>", FileRole.Data)]
    [InlineData("public/views/a.html", "<p>{{ a }}</p>", FileRole.Data)]
    [InlineData("a.html", "<p>{{ a }}</p>", FileRole.Data)]
    [InlineData("views/a.haml", "%p= a", FileRole.LeftOut)]
    [InlineData("lib/native.cc", "int a;", FileRole.NotSupported)]
    [InlineData("src/App.vue", "<script></script>", FileRole.NotSupported)]
    [InlineData("test/helper.py", "a()", FileRole.LeftOut)]
    [InlineData("logo.png", "x", FileRole.Data)]
    public void A_file_has_the_role_its_path_and_text_say(string path, string text, FileRole role)
    {
        var file = Selected(path, (path, text));
        Assert.Equal(role, file.Role);
        Assert.Equal(role is FileRole.LeftOut or FileRole.NotSupported, file.Note.Length > 0);
    }

    [Fact]
    public void Binary_content_is_no_source_and_one_zero_byte_hides_nothing()
    {
        var noise = new string([.. Enumerable.Range(0, 400).Select(i => (char)(i % 32))]);
        Assert.Equal(FileRole.LeftOut, Selected("a.ts", ("a.ts", noise)).Role);
        Assert.Equal(FileRole.Source, Selected("a.js", ("a.js", Written() + "// \0\n")).Role);
    }

    [Theory]
    [InlineData("dist/lib.min.js", "lib.js")]
    [InlineData("lib.min.js", "src/lib.js")]
    [InlineData("lib.packed.js", "lib.js")]
    [InlineData("public/lib-min.js", "public/lib.js")]
    public void A_minified_file_is_left_out_where_its_source_is_there(string made, string source)
    {
        var file = Selected(made, (made, Minified()), (source, Written()));
        Assert.Equal((FileRole.LeftOut, $"minified; its source is here: {source}"), (file.Role, file.Note));
    }

    [Theory]
    [InlineData("lib.min.js", "other.js")]
    [InlineData("dist/index.js", "setup.js")]
    public void A_minified_file_is_analysed_where_its_source_is_not_there(string made, string other)
    {
        var file = Selected(made, (made, Minified(400)), (other, Written(4)), ("package.json", "{}"));
        Assert.Equal((FileRole.Source, "minified, and its source is not here: analysed as it is"), (file.Role, file.Note));
    }

    [Fact]
    public void A_name_alone_makes_no_source() =>
        // A short file of the same name can't be what a long one was made of.
        Assert.Equal(FileRole.Source, Selected("lib.min.js", ("lib.min.js", Minified(400)), ("other/lib.js", Written(2))).Role);

    [Fact]
    public void A_vendored_copy_that_the_code_requires_is_analysed() =>
        Assert.Equal(FileRole.Source, Selected("vendor/parse.js", ("vendor/parse.js", Written(2)), ("index.js", "module.exports = require('./vendor/parse');")).Role);

    [Theory]
    [InlineData("public/js/jquery-3.2.1.min.js", "/*! jQuery v3.2.1 | (c) JS Foundation and other contributors | jquery.org/license */", "jQuery v3.2.1")]
    [InlineData("app/static/angular-route.js", "/**\n * @license AngularJS v1.6.1\n * (c) 2010-2016 Google, Inc. http://angularjs.org\n */", "AngularJS v1.6.1")]
    [InlineData("wwwroot/bootstrap.js", "/*!\n  * Bootstrap v4.0.0-alpha.6 (https://getbootstrap.com)\n  * Licensed under MIT\n  */", "Bootstrap v4.0.0-alpha.6")]
    [InlineData("public/picker/daterangepicker.js", "/**\n* @version: 3.0.5\n* @author: Dan Grossman\n* @license: MIT\n* @website: http://www.daterangepicker.com/\n*/", "daterangepicker 3.0.5")]
    [InlineData("client/js/libs/moment.js", "//! moment.js\n//! version : 2.7.0\n//! license : MIT\n//! momentjs.com", "moment 2.7.0")]
    [InlineData("www/js/jquery.mapael.js", "/*!\n * Jquery Mapael - Dynamic maps\n * Requires raphael.js\n * Version: 2.2.0\n * Copyright (c) 2017 someone\n */", "jquerymapael 2.2.0")]
    public void A_published_library_among_the_files_of_pages_is_left_out(string path, string banner, string named)
    {
        var file = Selected(path, (path, banner + "\n" + Written(4)), ("server.js", "start();"));
        Assert.Equal((FileRole.LeftOut, $"a copy of somebody else's code (\"{named}\"): not in scope"), (file.Role, file.Note));
    }

    [Theory]
    // No version, no author or terms, another name than the file's.
    [InlineData("public/js/shop.js", "/*! Shop | (c) Shop Inc. */")]
    [InlineData("public/js/shop.js", "/* Shop 1.0.2, the scripts of the basket */")]
    [InlineData("public/js/basket.js", "/* needs jQuery v3.2.1 (c) JS Foundation */")]
    [InlineData("public/js/basket.js", "/* Version: 1.2.0 of the shop (c) Shop Inc. */")]
    // Where no page loads it from.
    [InlineData("lib/jquery.js", "/*! jQuery v3.2.1 | (c) JS Foundation */")]
    public void A_comment_alone_makes_no_published_library(string path, string banner) =>
        Assert.Equal(FileRole.Source, Selected(path, (path, banner + "\n" + Written(4))).Role);

    [Fact]
    public void A_library_s_own_package_is_analysed()
    {
        const string Banner = "/*! Slider v2.0.0 | (c) me | MIT license */\n";
        Assert.Equal(FileRole.Source, Selected("assets/slider.js", ("assets/slider.js", Banner + Written(4)), ("package.json", """{"name":"slider","main":"assets/slider.js"}""")).Role);
        Assert.Equal(FileRole.Source, Selected("assets/slider.js", ("assets/slider.js", Banner + Written(4)), ("index.js", "module.exports = require('./assets/slider');")).Role);
    }

    [Fact]
    public void What_written_code_loads_is_analysed()
    {
        var file = Selected("dist/lib.min.js", ("dist/lib.min.js", Minified()), ("lib.js", Written()), ("index.js", "module.exports = require('./lib');\n"), ("fp.js", "module.exports = require('./dist/lib.min').fp();\n"));
        Assert.Equal((FileRole.Made, "minified, and the code loads it: its source is here and analysed: lib.js"), (file.Role, file.Note));
        var alone = Selected("dist/lib.min.js", ("dist/lib.min.js", Minified()), ("lib.js", Written()), ("index.js", "module.exports = require('./dist/lib.min');\n"));
        Assert.Equal((FileRole.Source, "minified, and the code itself loads it: analysed as it is"), (alone.Role, alone.Note));
    }

    [Fact]
    public void A_bundle_is_told_by_its_runtime()
    {
        Assert.Equal("bundled; its source is here: the other files of the package", Selected("dist/app.js", ("dist/app.js", WebpackRuntime + Written(8)), ("src/a.js", Written(8)), ("src/b.js", Written(8))).Note);
        Assert.Equal("bundled, and its source is not here: analysed as it is", Selected("dist/app.js", ("dist/app.js", WebpackRuntime + Written(8))).Note);
        // A tool that writes about bundles is none.
        Assert.Equal("", Selected("dist/tool.js", ("dist/tool.js", "const name = '__webpack_require__';\n" + Written(8)), ("src/a.js", Written(40))).Note);
        // The sources of another package are not its own.
        Assert.Equal(FileRole.Source, Selected("one/dist/app.js", ("one/package.json", "{}"), ("one/dist/app.js", WebpackRuntime + Written(8)), ("two/package.json", "{}"), ("two/src/a.js", Written(40))).Role);
    }

    [Fact]
    public void A_bundle_is_told_by_its_source_map()
    {
        var text = Written(8) + "//# sourceMappingURL=lib.js.map\n";
        const string Map = """{"version":3,"sources":["../src/a.js","webpack:///./src/b.ts","../node_modules/x/i.js","webpack/bootstrap"],"mappings":""}""";
        Assert.Equal("bundled; its source is here: src/a.js and 1 more", Selected("out/lib.js", ("out/lib.js", text), ("out/lib.js.map", Map), ("src/a.js", "a"), ("src/b.ts", "b")).Note);
        Assert.Equal(FileRole.Source, Selected("out/lib.js", ("out/lib.js", text), ("out/lib.js.map", Map), ("src/a.js", "a")).Role);
        var inline = Written(8) + "//# sourceMappingURL=data:application/json;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(Map)) + "\n";
        Assert.Equal(FileRole.LeftOut, Selected("out/lib.js", ("out/lib.js", inline), ("src/a.js", "a"), ("src/b.ts", "b")).Role);
        // Translated file by file: it is what runs, so it is analysed.
        Assert.Equal("", Selected("out/lib.js", ("out/lib.js", text), ("out/lib.js.map", """{"sources":["../src/a.ts"]}"""), ("src/a.ts", "a")).Note);
        foreach (var bad in new[] { "", "[]", "{", "{\"sources\":5}", "{\"sources\":[1,null,\"../../../../x\"]}" })
            Assert.Equal("", Selected("out/lib.js", ("out/lib.js", text), ("out/lib.js.map", bad)).Note);
    }

    [Theory]
    [InlineData("const table = {\n  a: 1,\n  b: 2,\n", 1)]
    [InlineData("/*! licence\n * text\n */\n", 0)]
    public void Long_literals_in_written_code_do_not_make_it_minified(string head, int indented)
    {
        var text = new StringBuilder(head);
        for (var i = 0; i < 12; i++) text.Append(indented == 1 ? "  " : "").Append(CultureInfo.InvariantCulture, $"x{i}: \"{new string('a', 600)}\",\n");
        var expected = indented == 1 ? "" : "minified, and its source is not here: analysed as it is";
        Assert.Equal(expected, Selected("data.js", ("data.js", text.ToString())).Note);
    }

    [Fact]
    public void Made_files_out_of_scope_are_left_out() =>
        Assert.Equal((FileRole.LeftOut, "minified, and not in scope (documentation code)"), (Selected("docs/app.min.js", ("docs/app.min.js", Minified())).Role, Selected("docs/app.min.js", ("docs/app.min.js", Minified())).Note));

    [Fact]
    public void Every_file_stands_in_the_selection_once()
    {
        var snapshot = Make(("a.js", "a"), ("b.png", "b"), ("c/d.ts", "c"));
        Assert.Equal(snapshot.Files.Select(f => f.Path), SourceSelector.Select(snapshot).Files.Select(f => f.Path));
    }
}
