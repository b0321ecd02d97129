using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>A repository of several large packages is analysed by components, and nobody sees a difference.</summary>
public sealed partial class ComponentTests : IDisposable
{
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [GeneratedRegex("\"(started|completed)At\": \"[^\"]*\"")]
    private static partial Regex Times();

    [Fact]
    public async Task A_large_repository_of_packages_gives_one_report_whatever_runs_beside_what()
    {
        // Comments count as text to read and cost nothing to analyse.
        var filler = string.Concat(Enumerable.Repeat("// What this package is for and how it is used, at length.\n", 20_000));
        var folder = _cli.Project(
            "shop",
            ("package.json", """{ "name": "shop", "private": true }"""),
            ("packages/jobs/package.json", """{ "name": "@shop/jobs", "main": "index.js" }"""),
            ("packages/jobs/index.js", "const { exec } = require('child_process');\nexports.run = function run(job, done) { exec('run-job ' + job, done); };\n"),
            ("packages/jobs/about.js", filler + "exports.about = 'jobs';\n"), ("packages/jobs/more.js", filler + "exports.more = 'jobs';\n"),
            ("packages/web/package.json", """{ "name": "web", "main": "app.js" }"""),
            ("packages/web/app.js", "const app = require('express')();\nconst jobs = require('@shop/jobs');\napp.get('/run', (req, res) => jobs.run(req.query.job, () => res.end()));\napp.get('/go', (req, res) => res.redirect(req.query.to));\n"),
            ("packages/web/about.js", filler + "exports.about = 'web';\n"), ("packages/web/more.js", filler + "exports.more = 'web';\n"),
            // Two more by themselves: a program most of which one package reads is not divided.
            ("packages/mail/package.json", """{ "name": "mail" }"""), ("packages/mail/about.js", filler), ("packages/mail/more.js", filler),
            ("packages/tax/package.json", """{ "name": "tax" }"""), ("packages/tax/about.js", filler), ("packages/tax/more.js", filler));
        var taken = (await new GitSnapshotSource().TakeAsync(folder, null, TestContext.Current.CancellationToken)).Value!;
        Assert.Equal(4, ProgramComponents.Of(taken, SourceSelector.Select(taken)).Count);
        var reports = new List<string>();
        foreach (var jobs in (string[])["1", "2"])
        {
            var run = await _cli.RunAsync("scan", folder, "--format", "json", "--no-validate", "--no-patch", "--jobs", jobs);
            Assert.True(run.Exit == 0, run.Error);
            reports.Add(Times().Replace(run.Output, "\"$1At\": null"));
        }
        Assert.Equal(reports[0], reports[1]);
        using var json = JsonDocument.Parse(reports[0]);
        var found = json.RootElement.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("ruleId").GetString()).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["injection.command", "redirect.open"], found);
        Assert.True(json.RootElement.GetProperty("coverage").GetProperty("completeness").GetString() == "complete");
    }
}
