using System.Text.Json;
using CodexSecurity.Analysis;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Tests.Ingest;

namespace CodexSecurity.Pipeline.Tests.Detection;

/// <summary>Large programs are analysed by components: nothing is lost, and what crosses a border is still found.</summary>
public sealed class ProgramComponentsTests
{
    private static readonly ComponentLimits Small = new(Threshold: 100, Size: 200, Most: 10, MostRead: 220, MostOfOne: 80);

    // A server that hands a request's text to a library of the same repository, a tool that uses a file of the server, and a package by itself.
    private static readonly (string Path, string Text)[] Repository =
    [
        ("package.json", """{ "name": "all", "private": true, "workspaces": ["packages/*"] }"""),
        ("packages/runner/package.json", """{ "name": "@all/runner", "main": "index.js" }"""),
        ("packages/runner/index.js", "const { exec } = require('child_process');\n// Runs a job.\nexports.run = function run(job, options, done) { exec('run-job ' + job, options, done); };\n" + Filler),
        ("packages/server/package.json", """{ "name": "server", "main": "app.js", "dependencies": { "@all/runner": "*", "express": "4" } }"""),
        ("packages/server/app.js", "const app = require('express')();\nconst runner = require('@all/runner');\napp.get('/run', (req, res) => { runner.run(req.query.job, {}, () => res.end()); });\napp.listen(80);\n" + Filler),
        ("packages/server/paths.js", "exports.paths = ['/run'];\n"),
        ("packages/tool/package.json", """{ "name": "tool", "main": "tool.js" }"""),
        ("packages/tool/tool.js", "const { paths } = require('../server/paths');\nmodule.exports = function tool(code) { return paths.map(p => eval(code)); };\n" + Filler),
        ("packages/zlone/package.json", """{ "name": "zlone", "main": "main.js" }"""),
        ("packages/zlone/main.js", "module.exports = function lone(name) { return require('child_process').execSync('cat ' + name); };\n" + Filler),
    ];

    private const string Filler = "// A comment that gives the file its size: components are made of enough text to be worth starting anew for, and not of single short files.\n// The rest of it says nothing more than the first line did.\n";

    private static (Snapshot Snapshot, SourceSelection Selection) Taken((string Path, string Text)[] files)
    {
        var snapshot = SourceSelectionTests.Make(files);
        return (snapshot, SourceSelector.Select(snapshot));
    }

    [Fact]
    public void Packages_are_components_and_what_they_use_is_read_with_them()
    {
        var (snapshot, selection) = Taken(Repository);
        var components = ProgramComponents.Of(snapshot, selection, Small);
        Assert.Equal(
            ["packages/runner/index.js", "packages/server/app.js packages/server/paths.js < packages/runner/index.js",
             "packages/tool/tool.js < packages/runner/index.js packages/server/app.js packages/server/paths.js", "packages/zlone/main.js"],
            components.Select(c => string.Join(' ', c.Own) + (c.Siblings.Count > 0 ? " < " + string.Join(' ', c.Siblings) : "")));
    }

    [Fact]
    public void A_small_program_and_a_program_of_one_package_are_whole()
    {
        var (snapshot, selection) = Taken(Repository);
        Assert.Single(ProgramComponents.Of(snapshot, selection));
        var (one, roles) = Taken([.. Repository.Where(f => !f.Path.EndsWith("/package.json", StringComparison.Ordinal))]);
        var whole = Assert.Single(ProgramComponents.Of(one, roles, Small));
        Assert.Equal(roles.Of(FileRole.Source), whole.Own);
    }

    [Fact]
    public void Packages_that_all_use_one_large_one_are_not_read_again_and_again()
    {
        var files = Enumerable.Range(0, 9).SelectMany(i => new[] { ($"p{i}/package.json", $$"""{ "name": "p{{i}}" }"""), ($"p{i}/index.js", "require('../zcore/index.js');\n" + Filler) })
            .Append(("zcore/package.json", """{ "name": "zcore" }""")).Append(("zcore/index.js", string.Concat(Enumerable.Repeat(Filler, 12)))).ToArray();
        var (snapshot, selection) = Taken(files);
        Assert.Equal(selection.Of(FileRole.Source).Order(StringComparer.Ordinal), Assert.Single(ProgramComponents.Of(snapshot, selection, Small with { MostRead = 130 })).Own);
        Assert.Single(ProgramComponents.Of(snapshot, selection, Small with { MostOfOne = 50 }));
    }

    [Fact]
    public void The_parts_give_what_the_whole_gives()
    {
        var (snapshot, selection) = Taken(Repository);
        SourceFile[] Texts(IEnumerable<string> paths) => [.. paths.Select(p => SourceFile.FromBytes(p, snapshot.Files.First(f => f.Path == p).Content.Span))];
        var manifests = Texts(selection.Of(FileRole.Manifest));
        var whole = AnalysisEngine.Analyze(new ProjectInput(Texts(selection.Of(FileRole.Source)), manifests, []), AnalysisOptions.Default);
        var parts = ProgramComponents.Of(snapshot, selection, Small)
            .Select(c => AnalysisEngine.Analyze(new ProjectInput(Texts(c.Own), manifests, []) { Siblings = Texts(c.Siblings) }, AnalysisOptions.Default)).ToList();
        // As they are between the steps of a flow.
        parts = JsonSerializer.Deserialize<List<AnalysisResult>>(JsonSerializer.Serialize(parts))!;
        var merged = ComponentMerge.Of(parts);
        Assert.Equal(3, whole.Candidates.Count);
        Assert.Equal(whole.Candidates.Select(Shown), merged.Candidates.Select(Shown));
        Assert.Contains(merged.Candidates, c => c.Sink.Path == "packages/runner/index.js" && c.EntryPoint is { Kind: EntryPointKind.HttpRoute, ModulePath: "packages/server/app.js" });
        Assert.Equal(whole.Coverage, merged.Coverage);
        Assert.Equal(whole.Facts, merged.Facts);
        Assert.Equal(whole.EntryPoints.Select(EntryShown).Order(StringComparer.Ordinal), merged.EntryPoints.Select(EntryShown).Order(StringComparer.Ordinal));
        Assert.Empty(merged.Diagnostics);
    }

    private static string Shown(Candidate c) => $"{c.RuleId} {c.Sink.Path}:{c.Sink.StartLine} {c.SourceKind} {c.EntryPoint?.ModulePath} {c.EntryPoint?.Kind} {c.Path.Count}";

    private static string EntryShown(EntryPoint e) => $"{e.Kind} {e.ModulePath} {e.FunctionName} {e.Route}";
}
