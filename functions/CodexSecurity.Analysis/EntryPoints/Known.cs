using CodexSecurity.Analysis.Interpretation;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>What was made for the entry points of a module, by their ways: each round goes them again.</summary>
internal sealed class Known
{
    public HashSet<Spot> Taken { get; } = [];
    public HashSet<HeapObject> Walked { get; } = [];
    public Dictionary<Spot, EntryDraft> Drafts { get; } = [];
    public Dictionary<Spot, AccessStep> Steps { get; } = [];
    public Dictionary<Spot, List<AccessNode>> Nodes { get; } = [];
}
