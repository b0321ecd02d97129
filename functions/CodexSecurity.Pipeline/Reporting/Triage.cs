using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Merges decisions into a scan.</summary>
public static class Triage
{
    /// <summary>Won't-fix and false-positive findings become suppressed. "Already fixed" hides nothing: a finding that is still seen is open.</summary>
    public static IReadOnlyList<Finding> Apply(IReadOnlyList<Finding> findings, IReadOnlyList<TriageDecision> decisions)
    {
        var latest = decisions.GroupBy(d => d.FindingId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.OrderBy(d => d.At).Last(), StringComparer.Ordinal);
        return [.. findings.Select(f => latest.TryGetValue(f.Id, out var d) && d.State is TriageState.WontFix or TriageState.FalsePositive
            ? f with { Suppression = new Suppression(f.Id, null, null, $"{(d.State == TriageState.WontFix ? "won't fix" : "false positive")}: {d.Reason}", d.Author, null), Recommended = false }
            : f)];
    }

    /// <summary>Earlier findings with what the decisions say of them.</summary>
    public static IReadOnlyList<EarlierFinding> Earlier(IReadOnlyList<Finding> findings, IReadOnlyList<TriageDecision> decisions) =>
        [.. findings.Select(f => new EarlierFinding(f, decisions.Where(d => d.FindingId == f.Id).OrderBy(d => d.At).LastOrDefault() is { State: TriageState.AlreadyFixed }))];
}
