using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Detection;

/// <summary>Puts the results of a program's components together to that of the program, in the engine's own order.</summary>
public static class ComponentMerge
{
    /// <summary>The result of the whole; equal for equal parts in equal order.</summary>
    public static AnalysisResult Of(IReadOnlyList<AnalysisResult> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 1) return parts[0];
        // A sink that several components reach is one weakness: it is reached by the best way, as in one program.
        var candidates = parts.SelectMany(p => p.Candidates).GroupBy(c => (c.Sink.Path, c.Sink.StartOffset, c.RuleId)).Select(g => g.MinBy(Order)!)
            .OrderBy(c => c.Sink.Path, StringComparer.Ordinal).ThenBy(c => c.Sink.StartOffset).ThenBy(c => c.RuleId, StringComparer.Ordinal);
        var entries = parts.SelectMany(p => p.EntryPoints).DistinctBy(e => (e.Kind, e.Location, e.ModulePath, e.HttpMethod, e.Route, string.Join('/', e.Access.Select(a => $"{a.Kind}.{a.Name}"))));
        var coverage = parts.SelectMany(p => p.Coverage).OrderBy(c => c.Path, StringComparer.Ordinal);
        var diagnostics = parts.SelectMany(p => p.Diagnostics).Distinct().OrderBy(d => d.Location is null ? 0 : 1).ThenBy(d => d.Location?.Path, StringComparer.Ordinal).ThenBy(d => d.Location?.StartOffset);
        var facts = parts.SelectMany(p => p.Facts).Distinct().OrderBy(f => f.Location.Path, StringComparer.Ordinal).ThenBy(f => f.Location.StartOffset)
            .ThenBy(f => f.Kind, StringComparer.Ordinal).ThenBy(f => f.Detail, StringComparer.Ordinal);
        return new AnalysisResult([.. candidates], [.. entries], [.. coverage], [.. diagnostics], [.. facts]);
    }

    // As the engine prefers reports of one sink: with an entry point, over the network, surely, by a short way.
    private static (int, int, int, int, int) Order(Candidate c) =>
        (c.EntryPoint is null ? 1 : 0, Kind(c.EntryPoint?.Kind), c.Confidence == Confidence.High ? 0 : 1, c.EntryPoint?.Access.Count ?? 0, c.Path.Count);

    private static int Kind(EntryPointKind? kind) => kind switch
    {
        EntryPointKind.HttpRoute => 0, EntryPointKind.HttpServer => 1, EntryPointKind.LibraryExport => 2, EntryPointKind.CommandLine => 3, _ => 4,
    };
}
