namespace CodexSecurity.Adapters.Git;

/// <summary>Symbolic links of a state: never followed, but what they point to is said. Their targets are compared as text only.</summary>
internal sealed class Links
{
    private readonly SortedDictionary<string, string> _targets = new(StringComparer.Ordinal);

    /// <summary>Records a link.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="target">What it holds.</param>
    public void Add(string path, string target) => _targets[path] = target;

    /// <summary>Tells a snapshot of the links.</summary>
    public void Report(SnapshotBuilder builder)
    {
        foreach (var path in _targets.Keys) builder.LeaveOut(path, Describe(path));
    }

    private string Describe(string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = path; ;)
        {
            if (!seen.Add(at)) return "a link that leads back to itself; not followed";
            if (Resolve(at, _targets[at]) is not { } next) return "a link that points out of the repository; not followed";
            if (Covering(next) is not { } other) return "a link to another place of the repository; not followed";
            at = other;
        }
    }

    // The link that stands at the path or at one of its parents.
    private string? Covering(string path)
    {
        for (var at = path; at.Length > 0; at = at.LastIndexOf('/') is var slash and > 0 ? at[..slash] : "")
        {
            if (_targets.ContainsKey(at)) return at;
        }
        return null;
    }

    private static string? Resolve(string link, string target)
    {
        if (target.Length == 0 || target[0] == '/' || target.Contains('\0', StringComparison.Ordinal)) return null;
        var parts = new List<string>(link.Split('/')[..^1]);
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..") { parts.Add(part); continue; }
            if (parts.Count == 0) return null;
            parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }
}
