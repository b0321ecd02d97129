using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>An object that the walk over exports comes to.</summary>
/// <param name="Object">The object.</param>
/// <param name="Self">What a function is called on there; null where on nothing.</param>
/// <param name="Way">How a user gets there.</param>
/// <param name="Depth">How many steps from what the module exports.</param>
/// <param name="Factories">How many of them are calls.</param>
internal readonly record struct Visit(HeapObject Object, AbstractValue? Self, Way Way, int Depth, int Factories);

/// <summary>What is at the end of a way, read, constructed or called: a property may hold one of several functions.</summary>
internal readonly record struct Spot(string Path, HeapObject Object, AccessKind Kind);

/// <summary>What a walk came to, and what it is called on.</summary>
internal readonly record struct Seen(HeapObject Object, HeapObject? Self)
{
    /// <inheritdoc />
    public bool Equals(Seen other) => ReferenceEquals(Object, other.Object) && ReferenceEquals(Self, other.Self);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Object.Id, Self?.Id ?? -1);
}
