using CodexSecurity.Analysis.Interpretation;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>
/// Writes to a prototype that one lookup reaches have one cause and one cure. Where what was looked up is kept and written to all over a
/// program, the writes next to the lookup are reported, with the number of the others.
/// </summary>
internal static class SameLookup
{
    private const int MostWrites = 4;

    /// <summary>The reports that stay, in their order, and for the first of each lookup how many others it stands for.</summary>
    public static IReadOnlyList<(IReadOnlyList<Report> Ways, int Others)> Nearest(IReadOnlyList<IReadOnlyList<Report>> all)
    {
        var left = new Dictionary<IReadOnlyList<Report>, int>(ReferenceEqualityComparer.Instance);
        foreach (var writes in all.Where(w => w[0].Lookup is not null).GroupBy(w => w[0].Lookup!.Value))
        {
            var near = writes.OrderBy(w => Distance(w[0])).ThenBy(w => w[0].Sink.File.Path, StringComparer.Ordinal).ThenBy(w => w[0].Sink.Start).ToList();
            for (var i = 0; i < near.Count; i++) left[near[i]] = i >= MostWrites ? -1 : i == 0 ? Math.Max(0, near.Count - MostWrites) : 0;
        }
        return [.. all.Where(w => left.GetValueOrDefault(w) >= 0).Select(w => (w, left.GetValueOrDefault(w)))];
    }

    // In the same function first, then in the same file; of those the surer, and the nearer.
    private static (int, int, int, int) Distance(Report r)
    {
        var lookup = r.Lookup!.Value;
        var sameFile = lookup.File == r.Sink.File;
        var sameFunction = sameFile && r.Function.Span.Start <= lookup.Start && lookup.Start < r.Function.Span.End;
        return (sameFunction ? 0 : 1, sameFile ? 0 : 1, -(int)r.Confidence, sameFile ? Math.Abs(r.Sink.Start - lookup.Start) : 0);
    }
}
