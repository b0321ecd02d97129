using CodexSecurity.Analysis;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Detection;

/// <summary>Translates a threat model to engine options; the engine itself knows nothing of threat models.</summary>
public static class EngineOptionsFactory
{
    /// <summary>A source kind of weight 0 does not count. A kind that the model does not name counts.</summary>
    /// <param name="model">The model, or null for everything.</param>
    /// <param name="knownKinds">Every source kind that the engine knows.</param>
    /// <param name="paths">Paths of the snapshot: the globs are resolved to them, as the engine takes plain paths.</param>
    /// <param name="jobs">Threads.</param>
    public static AnalysisOptions Create(ThreatModel? model, IEnumerable<string> knownKinds, IEnumerable<string> paths, int jobs)
    {
        if (model is null) return AnalysisOptions.Default with { Jobs = jobs };
        var off = model.SourceKinds.Where(k => k.Value <= 0).Select(k => k.Key).ToHashSet(StringComparer.Ordinal);
        // An empty set means "all" to the engine, so the set is given only where something is off; "none" keeps it from being empty.
        var kinds = off.Count == 0 ? [] : knownKinds.Where(k => !off.Contains(k)).Append("none").ToHashSet(StringComparer.Ordinal);
        var scope = paths.Where(p => model.OutOfScope.Any(g => PathGlob.IsMatch(g, p))).ToHashSet(StringComparer.Ordinal);
        return AnalysisOptions.Default with { SourceKinds = kinds, OutOfScope = scope, Jobs = jobs };
    }
}
