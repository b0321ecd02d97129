using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ranking;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>Records for the store suites.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Day = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static RuleInfo Rule(string id = "injection.command", int cwe = 78, Severity severity = Severity.High) =>
        new(id, "Untrusted text becomes part of a command", [cwe, 20], severity, "command", "Pass arguments as a list.", "A shell reads it.");

    public static Candidate Candidate(string path, string function = "run", string rule = "injection.command", string expression = "cp.exec('ls ' + a)") => new(
        rule, new CodeLocation(path, 2, 22, 2, 41, 58, 77), function, expression, "child_process.exec", 0, "library-input", null,
        [new TaintedInput("arg0", [], [])], [new FlowStep(new CodeLocation(path, 2, 22, 2, 41, 58, 77), "runs")], [], [], Confidence.High, $"Untrusted text reaches a command in {function}",
        new SortedDictionary<string, string>(StringComparer.Ordinal) { ["sink.language"] = "shell" });

    public static Finding Finding(string path, string function = "run", RuleInfo? rule = null, int rank = 50, Severity severity = Severity.High, FindingState state = FindingState.New)
    {
        rule ??= Rule();
        var f = Ranker.Accept([Candidate(path, function, rule.Id)], _ => rule, null)[0];
        return f with { Rank = rank, State = state, Severity = f.Severity with { Level = severity } };
    }

    public static RepositoryRecord Repository(string id, string owner, string name) => new(id, owner, name, $"https://example.com/{owner}/{name}", "main", "", 10, ScanOptions.Default, Day);

    public static ScanRecord Scan(string id, string repository, int minute, ScanStatus status = ScanStatus.Completed, string branch = "main") => new(
        id, repository, branch, ScanKind.Full, new string('a', 40), status, Day.AddMinutes(minute), null, "", null, null, new SortedDictionary<string, ArtifactRef>(StringComparer.Ordinal) { ["sarif"] = new(new string('b', 64), 5, "application/sarif+json") }, 0);

    /// <summary>Equality by content: lists inside records compare by reference.</summary>
    public static void Same<T>(T expected, T actual) => Assert.Equal(FlowJson.Write(expected), FlowJson.Write(actual));
}
