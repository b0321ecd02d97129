using System.Text.Json;
using System.Text.RegularExpressions;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>What a person sees of <c>codex-security scan</c>: reports, exit status, messages.</summary>
public sealed partial class ScanTests : IDisposable
{
    private const string Vulnerable = """
        const { exec } = require('child_process');
        module.exports = function list(folder, done) { exec('ls ' + folder, done); };
        """;

    private const string Fixed = """
        const { execFile } = require('child_process');
        module.exports = function list(folder, done) { execFile('ls', ['--', folder], done); };
        """;

    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [GeneratedRegex(@"\{ rule: (?<rule>[\w.-]+), path: (?<path>[\w./-]+), line: (?<line>\d+) \}")]
    private static partial Regex Expected();

    [Fact]
    public async Task The_sample_is_found_proved_and_patched()
    {
        SkipWithoutSandbox();
        var sample = CliRun.Corpus("parcel-office");
        var report = Path.Combine(_cli.Folder, "out.sarif");
        var run = await _cli.RunAsync("scan", sample, "--format", "sarif", "--output", report);
        Assert.True(run.Exit == 0, run.Error);
        var results = Results(report).ToList();
        var text = await File.ReadAllTextAsync(Path.Combine(sample, "expected.yml"), TestContext.Current.CancellationToken);
        var parts = text.Split("safe:");
        foreach (Match m in Expected().Matches(parts[0]))
        {
            var hit = results.Where(r => Rule(r) == m.Groups["rule"].Value && At(r, m.Groups["path"].Value, int.Parse(m.Groups["line"].Value))).ToList();
            Assert.True(hit.Count > 0, $"missing: {m.Value}");
            Assert.Contains(hit, r => Verdict(r) == "confirmed");
        }
        foreach (Match m in Expected().Matches(parts[1])) Assert.DoesNotContain(results, r => Rule(r) == m.Groups["rule"].Value && At(r, m.Groups["path"].Value, int.Parse(m.Groups["line"].Value)));
        var command = results.First(r => Rule(r) == "injection.command");
        Assert.Equal("verified", command.GetProperty("properties").GetProperty("patch").GetProperty("verdict").GetString());
        Assert.NotEqual(0, command.GetProperty("fixes").GetArrayLength());

        var id = await FirstFindingAsync("injection.command");
        var replay = await _cli.RunAsync("replay", id);
        Assert.True(replay.Exit == 0 && replay.Output.Contains("confirmed"), replay.Error + replay.Output);
    }

    [Fact]
    public async Task Two_scans_give_the_same_bytes_times_aside()
    {
        SkipWithoutSandbox();
        // The size of a slow text is told from times.
        const string Slow = "\nmodule.exports.check = text => /^(?:a|b)+(?:a|b)+c$/.test(text + '!');\nmodule.exports.trim = text => text.replace(/\\s+$/, '');\n";
        var folder = _cli.Project("app", ("index.js", Vulnerable + Slow), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        var first = await _cli.RunAsync("scan", folder, "--format", "json");
        var second = await _cli.RunAsync("scan", folder, "--format", "json");
        Assert.Equal(0, first.Exit);
        Assert.Contains("\"confirmed\"", first.Output);
        Assert.Contains("texts of growing length", first.Output);
        Assert.Equal(Times().Replace(first.Output, ""), Times().Replace(second.Output, ""));
    }

    [GeneratedRegex("\"(started|completed)At\": \"[^\"]*\"")]
    private static partial Regex Times();

    // What comes through the minified file is reported where its source runs as well, in the source alone; that it was not reported on is said.
    [Fact]
    public async Task A_minified_file_beside_its_source_is_reported_in_the_source()
    {
        string minified = "var e=require('child_process').exec;module.exports=function(n,r){e('ls '+n,r)};" + string.Concat(Enumerable.Range(0, 30).Select(i => $"module.exports.f{i}=function(n,r){{return n+r*{i}}};"));
        string written = Vulnerable + string.Concat(Enumerable.Range(0, 30).Select(i => $"\nmodule.exports.f{i} = function (left, right) {{\n  return left + right * {i};\n}};\n"));
        var folder = _cli.Project("app", ("lib.js", written), ("lib.min.js", minified), ("fp.js", "module.exports = require('./lib.min');\n"), ("package.json", """{ "name": "app", "main": "lib.js" }"""));
        var report = Path.Combine(_cli.Folder, "made.json");
        var run = await _cli.RunAsync("scan", folder, "--no-validate", "--format", "json", "--output", report);
        Assert.True(run.Exit == 0, run.Error);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
        Assert.Equal(["lib.js"], json.RootElement.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("ruleId").GetString() == "injection.command").Select(f => f.GetProperty("locations")[0].GetProperty("path").GetString()).Distinct());
        Assert.Contains("its source is here and analysed: lib.js", json.RootElement.GetProperty("coverage").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_without_validation_lays_nothing_out_for_a_sandbox()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        // Where folders for a sandbox would have to be made there is no folder: seeking the patch would fail.
        var run = await _cli.RunAsync(["scan", folder, "--no-validate", "--format", "json"], [("TMPDIR", Path.Combine(_cli.Folder, "missing"))]);
        Assert.Contains("there is no exploit that a patch could be seen to stop", run.Output);
        Assert.Equal(0, run.Exit);
    }

    [Fact]
    public async Task A_threshold_that_is_reached_ends_with_one()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        Assert.Equal(1, (await _cli.RunAsync("scan", folder, "--no-validate", "--fail-on", "high")).Exit);
        Assert.Equal(0, (await _cli.RunAsync("scan", folder, "--no-validate", "--fail-on", "critical")).Exit);
    }

    [Fact]
    public async Task A_diff_says_what_a_change_brought_and_mended()
    {
        var folder = _cli.Project("app", ("index.js", Fixed), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        CliRun.Git(folder, "init", "-q");
        CliRun.Git(folder, "add", ".");
        CliRun.Git(folder, "commit", "-qm", "fine");
        File.WriteAllText(Path.Combine(folder, "index.js"), Vulnerable);
        CliRun.Git(folder, "commit", "-qam", "worse");
        var worse = await _cli.RunAsync("scan", folder, "--base", "HEAD~1", "--no-validate", "--format", "json", "--fail-on", "low");
        Assert.Equal(1, worse.Exit);
        Assert.Contains("\"state\": \"new\"", worse.Output);
        var better = await _cli.RunAsync("scan", folder, "--commit", "HEAD~1", "--base", "HEAD", "--no-validate", "--format", "json", "--fail-on", "low");
        Assert.Equal(0, better.Exit);
        Assert.Contains("\"state\": \"resolved\"", better.Output);
    }

    [Fact]
    public async Task History_names_the_commit_that_brought_a_finding()
    {
        var folder = _cli.Project("app", ("index.js", Fixed), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        CliRun.Git(folder, "init", "-q");
        CliRun.Git(folder, "add", ".");
        CliRun.Git(folder, "commit", "-qm", "fine");
        File.WriteAllText(Path.Combine(folder, "index.js"), Vulnerable);
        CliRun.Git(folder, "commit", "-qam", "worse");
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "later");
        CliRun.Git(folder, "add", ".");
        CliRun.Git(folder, "commit", "-qm", "later");
        var run = await _cli.RunAsync("scan", folder, "--history", "10", "--no-validate", "--format", "json");
        Assert.Equal(0, run.Exit);
        var introduced = JsonDocument.Parse(run.Output).RootElement.GetProperty("findings")[0].GetProperty("introducedBy");
        using var log = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", ["rev-parse", "HEAD~1"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        Assert.Equal((await log.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim(), introduced.GetProperty("commit").GetString());
    }

    [Fact]
    public async Task A_mended_finding_is_resolved_and_one_that_comes_back_is_reopened()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        Assert.Contains("\"state\": \"new\"", (await _cli.RunAsync("scan", folder, "--no-validate", "--format", "json")).Output);
        File.WriteAllText(Path.Combine(folder, "index.js"), Fixed);
        Assert.Contains("\"state\": \"resolved\"", (await _cli.RunAsync("scan", folder, "--no-validate", "--format", "json")).Output);
        File.WriteAllText(Path.Combine(folder, "index.js"), Vulnerable + "\n");
        Assert.Contains("\"state\": \"reopened\"", (await _cli.RunAsync("scan", folder, "--no-validate", "--format", "json")).Output);
    }

    [Fact]
    public async Task A_false_positive_stays_suppressed()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        await _cli.RunAsync("scan", folder, "--no-validate");
        var id = await FirstFindingAsync("injection.command");
        Assert.Equal(2, (await _cli.RunAsync("findings", "triage", id, "--state", "false-positive")).Exit);
        Assert.Equal(0, (await _cli.RunAsync("findings", "triage", id, "--state", "false-positive", "--reason", "only called with constants")).Exit);
        var again = await _cli.RunAsync("scan", folder, "--no-validate", "--format", "sarif", "--fail-on", "low");
        Assert.Equal(0, again.Exit);
        Assert.Contains("\"suppressions\"", again.Output);
        Assert.Contains("only called with constants", (await _cli.RunAsync("findings", "show", id)).Output);
    }

    [Fact]
    public async Task Without_a_sandbox_nothing_is_confirmed_and_nothing_runs()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        var run = await _cli.RunAsync(["scan", folder, "--format", "json"], [("CODEX_SECURITY_SANDBOX", "none")]);
        Assert.Equal(0, run.Exit);
        Assert.Contains("\"inconclusive\"", run.Output);
        Assert.DoesNotContain("\"confirmed\"", run.Output);
    }

    [Fact]
    public async Task Without_bubblewrap_the_fallback_confirms()
    {
        SkipWithoutSandbox();
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        var run = await _cli.RunAsync(["scan", folder, "--format", "json", "--no-patch"], [("CODEX_SECURITY_SANDBOX", "unshare")]);
        Assert.Equal(0, run.Exit);
        Assert.Contains("\"confirmed\"", run.Output);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("empty-repository")]
    [InlineData("no-revision")]
    [InlineData("no-threat-model")]
    [InlineData("bad-format")]
    [InlineData("bad-option")]
    public async Task Bad_input_is_a_message_and_status_two(string kind)
    {
        var app = _cli.Project("app", ("index.js", Fixed));
        string[] arguments = kind switch
        {
            "missing" => ["scan", "not-there"],
            "empty" => ["scan", Directory.CreateDirectory(Path.Combine(_cli.Folder, "void")).FullName],
            "empty-repository" => ["scan", EmptyRepository(), "--commit", "HEAD"],
            "no-revision" => ["scan", app, "--commit", "feature"],
            "no-threat-model" => ["scan", app, "--threat-model", "nowhere.md"],
            "bad-format" => ["scan", app, "--format", "pdf"],
            _ => ["scan", app, "--no-such-thing"],
        };
        var run = await _cli.RunAsync(arguments);
        Assert.Equal(2, run.Exit);
        Assert.NotEmpty(run.Error.Trim());
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public async Task Strings_that_are_no_text_in_files_of_the_project_stop_no_scan()
    {
        const string Half = """\ud800""";
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("README.md", "    require('app')('a', () => 0);\n"),
            ("package.json", $$"""{ "name": "app{{Half}}", "main": "{{Half}}", "module": "{{Half}}", "{{Half}}": 1, "type": "{{Half}}", "exports": { "./{{Half}}": "{{Half}}" }, "bin": { "{{Half}}": "{{Half}}" }, "scripts": { "start": "{{Half}}", "test": "{{Half}}" }, "dependencies": { "{{Half}}": "{{Half}}" } }"""),
            ("made.js", "exports.made=1\n//# sourceMappingURL=made.js.map\n"), ("made.js.map", $$"""{ "version": 3, "sources": ["{{Half}}"], "sourceRoot": "{{Half}}", "mappings": "AAAA" }"""));
        var run = await _cli.RunAsync("scan", folder, "--format", "json");
        Assert.Contains("injection.command", run.Output);
        Assert.True(run.Exit == 0, run.Error);
    }

    [Fact]
    public async Task A_program_in_a_language_that_is_not_analysed_is_never_called_clean()
    {
        var folder = _cli.Project("app", ("main.rb", "system(ARGV[0])\n"));
        var run = await _cli.RunAsync("scan", folder, "--no-validate", "--format", "sarif");
        Assert.Equal(2, run.Exit);
        Assert.Contains("\"executionSuccessful\": false", run.Output);
        Assert.Contains("main.rb", run.Error);
    }

    [Fact]
    public async Task A_program_with_more_findings_than_anybody_reads_is_scanned_and_what_is_left_out_is_said()
    {
        var routes = string.Concat(Enumerable.Range(0, 5_100).Select(i => $"app.get('/{i}', (req, res) => cp.exec('ls {i} ' + req.query.q));\n"));
        var folder = _cli.Project("app", ("server.js", "const cp = require('child_process'), app = require('express')();\n" + routes + "app.listen(3000);\n"));
        var run = await _cli.RunAsync("scan", folder, "--no-validate", "--format", "sarif");
        Assert.Equal(2, run.Exit);
        Assert.Contains("more than 5000 findings: those of the lowest ranks are left out", run.Error);
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal(5_000, report.RootElement.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
    }

    [Fact]
    public async Task A_killed_scan_goes_on_and_ends_like_one_that_was_not_disturbed()
    {
        var folder = _cli.Project("app", ("index.js", Vulnerable), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        string[] scan = ["scan", folder, "--format", "json", "--setup", "never"];
        var kills = 0;
        for (var delay = 700; kills < 3; delay += 500)
        {
            using var child = _cli.Start(scan);
            if (child.WaitForExit(delay)) break;
            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            kills++;
        }
        var ended = await _cli.RunAsync(scan);
        using var other = new CliRun();
        var calm = await other.RunAsync(scan);
        Assert.True(kills > 0);
        Assert.Equal(0, ended.Exit);
        Assert.Equal(Times().Replace(calm.Output, ""), Times().Replace(ended.Output, ""));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_cli.Folder, "home", "flows")));
    }

    [Fact]
    public async Task A_tampered_bundle_is_refused()
    {
        var bundle = Path.Combine(_cli.Folder, "b.zip");
        await File.WriteAllBytesAsync(bundle, [80, 75, 3, 4, 1, 2, 3], TestContext.Current.CancellationToken);
        var run = await _cli.RunAsync("replay", bundle);
        Assert.Equal(2, run.Exit);
        Assert.Contains("refused", run.Error);
    }

    private async Task<string> FirstFindingAsync(string rule)
    {
        var list = await _cli.RunAsync("findings", "list", "--rule", rule);
        return Regex.Match(list.Output, "csf_[0-9a-f]{24}").Value is { Length: > 0 } id ? id : throw new InvalidOperationException(list.Output + list.Error);
    }

    private string EmptyRepository()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_cli.Folder, "bare")).FullName;
        CliRun.Git(folder, "init", "-q", "--bare");
        return folder;
    }

    private static void SkipWithoutSandbox() => Assert.SkipUnless(OperatingSystem.IsLinux() && (File.Exists("/usr/bin/bwrap") || File.Exists("/usr/bin/unshare")) && File.Exists("/usr/bin/node"), "a sandbox and node are needed");

    private static JsonElement.ArrayEnumerator Results(string report) => JsonDocument.Parse(File.ReadAllBytes(report)).RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray();

    private static string Rule(JsonElement result) => result.GetProperty("ruleId").GetString()!;

    private static string Verdict(JsonElement result) => result.GetProperty("properties").GetProperty("validation").GetProperty("verdict").GetString()!;

    private static bool At(JsonElement result, string path, int line)
    {
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        return place.GetProperty("artifactLocation").GetProperty("uri").GetString() == path && place.GetProperty("region").GetProperty("startLine").GetInt32() == line;
    }
}
