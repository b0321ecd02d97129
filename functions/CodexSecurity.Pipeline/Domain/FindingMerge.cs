namespace CodexSecurity.Pipeline.Domain;

/// <summary>What a store keeps of a finding when a scan publishes it: one rule for every store, independent of the order in which scans end.</summary>
public static class FindingMerge
{
    /// <summary>The record after a scan published the finding. Merging the same again changes nothing.</summary>
    /// <param name="stored">What is stored, or null.</param>
    /// <param name="repositoryId">Repository of the scan.</param>
    /// <param name="branch">Branch of the scan.</param>
    /// <param name="scanId">The scan.</param>
    /// <param name="at">UTC, when the scan was asked for.</param>
    /// <param name="finding">As the scan saw it.</param>
    /// <param name="triage">State after the latest decision.</param>
    public static FindingRecord Publish(FindingRecord? stored, string repositoryId, string branch, string scanId, DateTimeOffset at, Finding finding, TriageState triage)
    {
        if (stored is null) return new(repositoryId, branch, finding, scanId, at, scanId, at, triage);
        var (first, firstAt) = Before(at, scanId, stored.FirstSeenAt, stored.FirstScanId) ? (scanId, at) : (stored.FirstScanId, stored.FirstSeenAt);
        return Before(at, scanId, stored.LastSeenAt, stored.LastScanId)
            ? stored with { FirstScanId = first, FirstSeenAt = firstAt, Triage = triage }
            : new(repositoryId, branch, finding, first, firstAt, scanId, at, triage);
    }

    /// <summary>State after the decisions on a finding: the latest one's; Open where there is none. Of one time, the one that was added last.</summary>
    public static TriageState Triage(IEnumerable<TriageDecision> inOrderOfAdding) =>
        inOrderOfAdding.Reverse().MaxBy(d => d.At)?.State ?? TriageState.Open;

    /// <summary>The text that a free search looks through, in lower case.</summary>
    public static string SearchText(Finding f) =>
        string.Join('\n', f.Rule.Title, f.Rule.Id, f.Candidate.Message, f.Candidate.Sink.Path, f.Candidate.FunctionName).ToLowerInvariant();

    // Scans asked for at one time are ordered by id, so that every store agrees.
    private static bool Before(DateTimeOffset at, string scan, DateTimeOffset otherAt, string otherScan) => at != otherAt ? at < otherAt : string.CompareOrdinal(scan, otherScan) < 0;
}
