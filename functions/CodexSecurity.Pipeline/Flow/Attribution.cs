using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>Finds the commit that brought a finding.</summary>
public static class Attribution
{
    /// <summary>
    /// The last commit of the unbroken row, from the newest back, in which the finding is there; null where the row reaches the end of what was scanned
    /// (it may be older) or a commit that could not be scanned.
    /// </summary>
    /// <param name="fingerprint">The finding.</param>
    /// <param name="history">Commits, newest first, with the fingerprints found in each; null where it could not be scanned.</param>
    /// <param name="reachesRoot">The last commit of the history has no parent.</param>
    public static CommitInfo? IntroducedBy(string fingerprint, IReadOnlyList<(CommitInfo Commit, IReadOnlySet<string>? Fingerprints)> history, bool reachesRoot)
    {
        CommitInfo? last = null;
        foreach (var (commit, fingerprints) in history)
        {
            if (fingerprints is null) return null;
            if (!fingerprints.Contains(fingerprint)) return last;
            last = commit;
        }
        return reachesRoot ? last : null;
    }
}
