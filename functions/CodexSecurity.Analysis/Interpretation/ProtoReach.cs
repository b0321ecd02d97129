using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// The value may be Object.prototype (or the function Object on the way to it), since an attacker-chosen key was looked up.
/// <paramref name="Keys"/>: the labels of that key, the one that tells most first. <paramref name="Proto"/>: by a lookup of __proto__.
/// <paramref name="Steps"/>: lookups that may be of constructor (1: the function Object), then of prototype (2: Object.prototype).
/// </summary>
internal sealed record ProtoReach(TaintLabel[] Keys, int Steps, bool Proto, Trace Trace)
{
    private const int MaxKeys = 12;

    /// <summary>The label of the key that tells most.</summary>
    public TaintLabel Key => Keys[0];

    /// <summary>It may be Object.prototype.</summary>
    public bool IsPrototype => Proto || Steps >= 2;

    /// <summary>Facts about the value that was looked up: ProtoKey = it is not Object.prototype, CtorKey = it is no function.</summary>
    public FactSet Facts(TaintKinds kinds)
    {
        var facts = FactSet.Empty;
        foreach (var k in Keys) facts = facts.Union(FactSet.Of(k.LookupKey, kinds));
        return facts;
    }

    /// <summary>It was found on the object itself, or nothing was.</summary>
    public FactSet OwnFacts()
    {
        var facts = FactSet.Empty;
        foreach (var k in Keys) facts = facts.Union(FactSet.Of(k.FactKey, FactKinds.OwnLookup));
        return facts;
    }

    /// <summary>Kinds of keys that its key can't be: by its labels, and by facts about it.</summary>
    public TaintKinds RemovedFromKeys(FactSet facts)
    {
        var removed = ~TaintKinds.None;
        foreach (var k in Keys) removed &= FactKinds.Keys(k.Removed | facts.KindsOf(k));
        return removed;
    }

    /// <summary>What is left of it where guards have established facts; null: nothing.</summary>
    public ProtoReach? Under(FactSet facts)
    {
        if (!facts.IsAboutLookups) return this;
        var kinds = ~TaintKinds.None;
        foreach (var k in Keys) kinds &= facts.KindsOf(k.LookupKey);
        if (kinds == TaintKinds.None) return this;
        var proto = Proto && (kinds & TaintKinds.ProtoKey) == 0;
        var steps = (kinds & TaintKinds.ProtoKey) != 0 && Steps >= 2 ? 0 : (kinds & TaintKinds.CtorKey) != 0 && Steps == 1 ? 0 : Steps;
        return !proto && steps == 0 ? null : this with { Proto = proto, Steps = steps };
    }

    public static ProtoReach? Join(ProtoReach? a, ProtoReach? b)
    {
        if (a is null || b is null || a.Equals(b)) return a ?? b;
        var (strong, weak) = (a.Proto, a.Steps).CompareTo((b.Proto, b.Steps)) >= 0 ? (a, b) : (b, a);
        var keys = strong.Keys.Length < MaxKeys && Array.Exists(weak.Keys, k => !strong.Keys.Contains(k)) ? [.. strong.Keys.Union(weak.Keys).Take(MaxKeys)] : strong.Keys;
        if (weak.Steps <= strong.Steps && ReferenceEquals(keys, strong.Keys)) return strong;
        return strong with { Steps = Math.Max(weak.Steps, strong.Steps), Keys = keys };
    }

    public bool Equals(ProtoReach? other) => other is not null && Keys.AsSpan().SequenceEqual(other.Keys) && Steps == other.Steps && Proto == other.Proto;
    public override int GetHashCode() => HashCode.Combine(Key.Id, Steps, Proto);
}
