using System.Text;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ranking;
using CodexSecurity.Pipeline.Reporting;
using CodexSecurity.Pipeline.Reporting.Redaction;
using Xunit;

namespace CodexSecurity.Pipeline.Tests.Reporting;

public sealed class ReportTests
{
    private const string Source = "const cp = require('child_process');\nexports.run = (a) => cp.exec('ls ' + a);\n";
    private static readonly CodeLocation At = new("lib/<b>x.js", 2, 22, 2, 41, 58, 77);
    private static readonly RuleInfo Rule = new("injection.command", "Untrusted text becomes part of a shell command", [78], Severity.High, "shell", "Use execFile.", "A shell reads it.");
    private static readonly SourceLookup Sources = new(p => p == At.Path ? Source : null);

    private static ScanResult Scan()
    {
        var c = new Candidate("injection.command", At, "run", "cp.exec('ls ' + a)", "child_process.exec", 0, "library-input", null, [], [new FlowStep(At, "<script>alert(1)</script>")], [], [], Confidence.High, "A </script> AKIAABCDEFGHIJKLMNOP reaches a shell", new Dictionary<string, string>());
        var f = Ranker.Accept([c], _ => Rule, null)[0] with { Patch = new Patch(PatchVerdict.Unverified, "not run", "--- a\n+++ b\n+x", [new FileEdit(At.Path, 58, 65, "cp.execFile")], null, []) };
        var target = new ScanTarget(TargetKind.GitRevision, "repo1", "demo", new string('a', 40), null, "main", new string('0', 64));
        return new ScanResult("scan1", target, "0.1.0", "r", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "t", [f], new CoverageLedger(false, 2, [new FileCoverage(At.Path, CoverageStatus.Partial, 2, "budget")], [], [new LeftOut("x.js", "too big")]), ["a note"]);
    }

    [Fact]
    public void Reports_are_well_formed_repeatable_and_carry_no_secret()
    {
        var sarif = SarifReport.Write(Scan(), Sources, "https://example.com/a/b");
        Assert.Equal(sarif, SarifReport.Write(Scan(), Sources, "https://example.com/a/b"));
        using var _ = JsonDocument.Parse(sarif);
        using var __ = JsonDocument.Parse(JsonReport.Write(Scan(), Sources));
        var html = HtmlReport.Write(Scan(), Sources);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        foreach (var text in new[] { Encoding.UTF8.GetString(sarif), html, MarkdownReport.Write(Scan(), Sources), Encoding.UTF8.GetString(JsonReport.Write(Scan(), Sources)) }) Assert.DoesNotContain("AKIA", text, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("CODEX_TEST_OUT") is { } folder) { File.WriteAllBytes(folder + "/r.sarif", sarif); File.WriteAllText(folder + "/r.html", html); }
    }

    [Theory]
    [InlineData("packages/@scope/core/a.js", "packages/@scope/core/a.js")]
    [InlineData("src/a b#1%.js", "src/a%20b%231%25.js")]
    public void Paths_are_addresses_with_no_more_escapes_than_needed(string path, string address)
    {
        var scan = Scan();
        var finding = scan.Findings[0] with { Candidate = scan.Findings[0].Candidate with { Sink = At with { Path = path } } };
        using var sarif = JsonDocument.Parse(SarifReport.Write(scan with { Findings = [finding] }, Sources, null));
        var place = sarif.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(address, place.GetProperty("artifactLocation").GetProperty("uri").GetString());
    }

    [Fact]
    public void Identity_ignores_place_and_format()
    {
        var c = Scan().Findings[0].Candidate;
        var moved = c with { Sink = At with { Path = "src/<b>x.js", StartLine = 9, StartOffset = 300 }, SinkExpression = "cp.exec(\n  \"ls \" + a, /* c */\n);" };
        Assert.Equal(FindingIdentity.Of([c]), FindingIdentity.Of([moved]));
    }

    [Fact]
    public void Absent_findings_of_an_incomplete_scan_are_unknown()
    {
        var scan = Scan();
        var earlier = Triage.Earlier(scan.Findings, []);
        Assert.Equal(FindingState.Unknown, FindingStates.Apply([], earlier, scan.Coverage)[0].State);
        Assert.Equal(FindingState.Resolved, FindingStates.Apply([], earlier, new CoverageLedger(true, 1, [], [], []))[0].State);
        Assert.Equal(FindingState.Persisting, FindingStates.Apply(scan.Findings, earlier, scan.Coverage)[0].State);
    }

    [Fact]
    public void Options_that_a_fix_leaves_open_were_open_before()
    {
        var scan = Scan();
        var command = scan.Findings[0];
        Finding Argument(string function) =>
            command with { Fingerprint = "other", Candidate = command.Candidate with { RuleId = "injection.argument", FunctionName = function } };
        var whole = new CoverageLedger(true, 1, [], [], []);
        Assert.Equal(FindingState.Persisting, FindingStates.Apply([Argument("run")], Triage.Earlier(scan.Findings, []), whole, whole)[0].State);
        Assert.Equal(FindingState.New, FindingStates.Apply([Argument("stop")], Triage.Earlier(scan.Findings, []), whole, whole)[0].State);
        Assert.Equal(DiffState.Persisting, FindingStates.Diff([Argument("run")], scan.Findings, whole, whole)[0].State);
        Assert.Equal(DiffState.Introduced, FindingStates.Diff([Argument("stop")], scan.Findings, whole, whole)[0].State);
        // Beside a command that is still there it is another one.
        Assert.Equal(DiffState.Introduced, FindingStates.Diff([Argument("run"), command], scan.Findings, whole, whole)[0].State);
    }

    [Fact]
    public void What_a_fix_leaves_to_another_source_was_there_before()
    {
        var scan = Scan();
        var command = scan.Findings[0];
        Finding Left(string function, string sink) =>
            command with { Fingerprint = "other", Candidate = command.Candidate with { SourceKind = "environment", FunctionName = function, SinkExpression = sink } };
        var whole = new CoverageLedger(true, 1, [], [], []);
        var (function, text) = (command.Candidate.FunctionName, command.Candidate.SinkExpression);
        Assert.Equal(DiffState.Persisting, FindingStates.Diff([Left(function, text)], scan.Findings, whole, whole)[0].State);
        Assert.Equal(DiffState.Fixed, FindingStates.Diff([Left(function, text)], [command], whole, whole)[1].State);
        Assert.Equal(DiffState.Introduced, FindingStates.Diff([Left(function, "another(" + text + ")")], scan.Findings, whole, whole)[0].State);
        Assert.Equal(DiffState.Introduced, FindingStates.Diff([Left("another", text)], scan.Findings, whole, whole)[0].State);
    }

    [Fact]
    public void Places_of_a_finding_that_is_gone_are_not_shown_from_the_state_without_it()
    {
        var scan = Scan();
        var sources = new SourceLookup(_ => string.Concat(Enumerable.Repeat("another line\n", 60)));
        var gone = scan with { Findings = [scan.Findings[0] with { State = FindingState.Resolved }] };
        Assert.All(Reports(scan), report => Assert.Contains("another", report, StringComparison.Ordinal));
        Assert.All(Reports(gone), report => Assert.DoesNotContain("another", report, StringComparison.Ordinal));

        string[] Reports(ScanResult of) =>
            [Encoding.UTF8.GetString(JsonReport.Write(of, sources)), Encoding.UTF8.GetString(SarifReport.Write(of, sources)), MarkdownReport.Write(of, sources), HtmlReport.Write(of, sources)];
    }

    [Fact]
    public void A_finding_is_gone_where_what_was_not_scanned_did_not_keep_it_from_being_seen()
    {
        var scan = Scan();
        var saw = new CoverageLedger(false, 2, [], [], [new("x.py", "Python is not analysed")]);
        var more = saw with { Unfinished = [.. saw.Unfinished, new("y.js", "not parsed")] };
        var ended = saw with { Unfinished = [new(LeftOut.Everything, "the steps ended")] };
        FindingState Now(IReadOnlyList<Finding> before, CoverageLedger now, CoverageLedger? then) => FindingStates.Apply([], Triage.Earlier(before, []), now, then)[0].State;
        Assert.Equal(FindingState.Resolved, Now(scan.Findings, saw, saw));
        Assert.Equal(FindingState.Resolved, Now(scan.Findings, saw, more));
        Assert.Equal(FindingState.Unknown, Now(scan.Findings, more, saw));
        Assert.Equal(FindingState.Unknown, Now(scan.Findings, ended, ended));
        Assert.Equal(FindingState.Unknown, Now([.. scan.Findings.Select(f => f with { State = FindingState.Unknown })], saw, saw));
        Assert.Equal(DiffState.Introduced, FindingStates.Diff(scan.Findings, [], saw, saw)[0].State);
        Assert.Equal(DiffState.Unknown, FindingStates.Diff(scan.Findings, [], saw, more)[0].State);
        Assert.Equal(DiffState.Fixed, FindingStates.Diff([], scan.Findings, saw, saw)[0].State);
        Assert.Equal(DiffState.Unknown, FindingStates.Diff([], scan.Findings, more, saw)[0].State);
    }

    [Fact]
    public void A_threat_model_reads_back_to_the_same_bytes()
    {
        var model = new ThreatModel("It's \"x\" é 😀: - #", ThreatModelDraft.DefaultWeights, [new ModelItem("GET /", "http-route", "a.js:1")], [], [], [], [], [], [new ModelComponent("root", ["*"], Exposure.Internet, 3)], ["t/**"], ["f"], "# Prose\n\ntext", "x");
        var text = ThreatModelFile.Write(model);
        var (read, errors) = ThreatModelFile.Read("x", text);
        Assert.Empty(errors);
        Assert.Equal(text, ThreatModelFile.Write(read!));
        Assert.Contains(ThreatModelFile.Read("x", "---\nversion: 1\nbad: 2\n---\n").Errors, e => e.Line == 3);
    }

    [Theory]
    [InlineData("postgres://u:pw@h/x", "pw")]
    [InlineData("API_TOKEN=abcd1234", "abcd1234")]
    [InlineData("password: 'hunter2222'", "hunter2222")]
    public void Secrets_are_redacted(string text, string secret) => Assert.DoesNotContain(secret, Redactor.Redact(text), StringComparison.Ordinal);

    [Fact]
    public void Suppressions_need_a_reason() =>
        Assert.Contains(SuppressionFile.Read("s.yml", "suppressions:\n  - rule: a\n    author: b\n", new DateOnly(2026, 1, 1)).Errors, e => e.Line == 2 && e.Message.Contains("reason", StringComparison.Ordinal));
}
