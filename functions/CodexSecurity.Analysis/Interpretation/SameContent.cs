namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Two values are the same where they may be the same objects and attackers' values, whatever checks have established of these.</summary>
internal sealed class SameContent : IEqualityComparer<AbstractValue>
{
    public static SameContent Comparer { get; } = new();

    public bool Equals(AbstractValue? x, AbstractValue? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.Objects.AsSpan().SequenceEqual(y.Objects) && Holds(x, y) && Holds(y, x));

    public int GetHashCode(AbstractValue value)
    {
        var hash = 0;
        foreach (var o in value.Objects) hash = (hash * 31) + o.Id;
        return hash;
    }

    private static bool Holds(AbstractValue all, AbstractValue some) => Array.TrueForAll(some.Labels, l => Array.Exists(all.Labels, k => ReferenceEquals(k.Label.Node, l.Label.Node)));
}
