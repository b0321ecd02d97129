using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>What an earlier scan knew of a finding.</summary>
/// <param name="Finding">The finding as it was.</param>
/// <param name="ClosedAsFixed">It was resolved, or triaged as already fixed.</param>
public sealed record EarlierFinding(Finding Finding, bool ClosedAsFixed);

/// <summary>A change against a base revision.</summary>
public enum DiffState { Introduced, Fixed, Persisting, Unknown }

/// <summary>
/// States of findings against an earlier scan (findings-model §9). That a finding is absent proves something only where whatever the scan
/// without it left undone was undone in the scan that saw it as well: that did not keep it from being seen.
/// </summary>
public static class FindingStates
{
    /// <summary>Sets the states and appends what is gone, each finding once.</summary>
    /// <param name="current">Findings of this scan.</param>
    /// <param name="earlier">Findings of the last scan of the same branch; null where there was none.</param>
    /// <param name="coverage">Coverage of this scan.</param>
    /// <param name="earlierCoverage">Coverage of the last scan.</param>
    /// <param name="inScope">Whether a path is within the scope of this scan; null: every path is.</param>
    public static IReadOnlyList<Finding> Apply(
        IReadOnlyList<Finding> current, IReadOnlyList<EarlierFinding>? earlier, CoverageLedger coverage, CoverageLedger? earlierCoverage = null, Func<string, bool>? inScope = null)
    {
        if (earlier is null) return [.. current.Select(f => f with { State = FindingState.New })];
        var before = earlier.DistinctBy(e => e.Finding.Fingerprint).ToDictionary(e => e.Finding.Fingerprint, StringComparer.Ordinal);
        var within = Within(earlier.Where(e => !e.ClosedAsFixed && e.Finding.State != FindingState.Resolved).Select(e => e.Finding), current);
        var result = current.Select(f => f with { State = !before.TryGetValue(f.Fingerprint, out var e) ? within(f) ? FindingState.Persisting : FindingState.New : e.ClosedAsFixed || e.Finding.State == FindingState.Resolved ? FindingState.Reopened : FindingState.Persisting }).ToList();
        var now = current.Select(f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        foreach (var old in before.Values.Where(e => !now.Contains(e.Finding.Fingerprint)).OrderBy(e => e.Finding.Fingerprint, StringComparer.Ordinal))
        {
            // What the last scan was not sure of, it did not see.
            var seenWith = old.Finding.State == FindingState.Unknown ? null : earlierCoverage;
            var known = old.Finding.State == FindingState.Resolved || IsGone(old.Finding, coverage, seenWith, inScope);
            result.Add(old.Finding with { State = known ? FindingState.Resolved : FindingState.Unknown, Recommended = false });
        }
        return result;
    }

    /// <summary>Compares with the findings of a base revision, by fingerprint.</summary>
    public static IReadOnlyList<(Finding Finding, DiffState State)> Diff(
        IReadOnlyList<Finding> current, IReadOnlyList<Finding> atBase, CoverageLedger coverage, CoverageLedger baseCoverage)
    {
        var before = atBase.Select(f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var now = current.Select(f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var result = new List<(Finding, DiffState)>();
        var absence = Misses(baseCoverage, coverage) ? DiffState.Unknown : DiffState.Introduced;
        var within = Within(atBase, current);
        foreach (var f in current)
        {
            result.Add((f, before.Contains(f.Fingerprint) || within(f) ? DiffState.Persisting : absence));
        }
        foreach (var f in atBase.Where(f => !now.Contains(f.Fingerprint)).DistinctBy(f => f.Fingerprint).OrderBy(f => f.Fingerprint, StringComparer.Ordinal))
        {
            result.Add((f, IsGone(f, coverage, baseCoverage, null) ? DiffState.Fixed : DiffState.Unknown));
        }
        return result;
    }

    // What a fix leaves of a finding that is gone was there before, seen as the other: at the same sink, by another source; and who chose a part of a
    // shell's command chose the options of the program as well.
    private static Func<Finding, bool> Within(IEnumerable<Finding> before, IReadOnlyList<Finding> current)
    {
        var now = current.Select(f => f.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var gone = before.Where(f => !now.Contains(f.Fingerprint)).ToList();
        var sinks = gone.Select(Sink).ToHashSet();
        var commands = gone.Where(f => f.Candidate.RuleId == "injection.command").Select(f => (f.Candidate.Sink.Path, f.Candidate.FunctionName)).ToHashSet();
        return f => sinks.Contains(Sink(f)) || (f.Candidate.RuleId == "injection.argument" && commands.Contains((f.Candidate.Sink.Path, f.Candidate.FunctionName)));
    }

    private static (string Rule, string Path, string Function, string Sink) Sink(Finding f) =>
        (f.Candidate.RuleId, f.Candidate.Sink.Path, f.Candidate.FunctionName, FindingIdentity.Normalise(f.Candidate.SinkExpression));

    // A flow may cross files, so one file that was not analysed can hide any finding.
    private static bool IsGone(Finding finding, CoverageLedger coverage, CoverageLedger? seenWith, Func<string, bool>? inScope) =>
        !Misses(coverage, seenWith)
        && (inScope is null || inScope(finding.Candidate.Sink.Path))
        && !coverage.LeftOut.Any(l => Covers(l.Path, finding.Candidate.Sink.Path))
        && coverage.Files.FirstOrDefault(f => f.Path == finding.Candidate.Sink.Path) is null or { Status: Analysis.Results.CoverageStatus.Analyzed };

    // Whether a scan left something undone that the one that saw the finding did. Where the steps for the whole program ended, what was undone is not known.
    private static bool Misses(CoverageLedger absent, CoverageLedger? seenWith) =>
        !absent.Complete && (seenWith is null || absent.Unfinished.Count == 0 || absent.Unfinished.Any(u => u.Path == LeftOut.Everything) || absent.Unfinished.Except(seenWith.Unfinished).Any());

    private static bool Covers(string leftOut, string path) =>
        leftOut == path || path.StartsWith(leftOut.TrimEnd('/') + "/", StringComparison.Ordinal) || PathGlob.IsMatch(leftOut, path);
}
