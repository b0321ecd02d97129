using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Facts that are no kinds of danger; they share the sets of the kinds.</summary>
internal static class FactKinds
{
    /// <summary>The value is surely a text: a comparison of it can't be passed by an array.</summary>
    public const TaintKinds IsText = (TaintKinds)0x8000_0000;
    /// <summary>On the object at hand this key finds an own property, or none: not what is inherited.</summary>
    public const TaintKinds OwnLookup = (TaintKinds)0x4000_0000;
    /// <summary>The whole text is not <c>__proto__</c>; a part of it may be.</summary>
    public const TaintKinds ExactProto = (TaintKinds)0x2000_0000;
    /// <summary>The whole text is neither <c>constructor</c> nor <c>prototype</c>; a part of it may be.</summary>
    public const TaintKinds ExactCtor = (TaintKinds)0x1000_0000;
    /// <summary>What is written into labels where branches part.</summary>
    public const TaintKinds Kept = TaintKinds.All | ExactProto | ExactCtor;
    /// <summary>What holds for a whole text and not for its parts.</summary>
    public const TaintKinds OfWhole = OwnLookup | ExactProto | ExactCtor;

    /// <summary>Kinds of keys that a text is harmless for, as it is.</summary>
    public static TaintKinds Keys(TaintKinds kinds) =>
        ((kinds & (TaintKinds.ProtoKey | ExactProto)) != 0 ? TaintKinds.ProtoKey : TaintKinds.None) | ((kinds & (TaintKinds.CtorKey | ExactCtor)) != 0 ? TaintKinds.CtorKey : TaintKinds.None);

    /// <summary>The same kinds of keys where only the whole text was compared.</summary>
    public static TaintKinds Exactly(TaintKinds keys) =>
        ((keys & TaintKinds.ProtoKey) != 0 ? ExactProto : TaintKinds.None) | ((keys & TaintKinds.CtorKey) != 0 ? ExactCtor : TaintKinds.None);

    /// <summary>With all that follows: a key that is none of the prototype's finds nothing inherited, on any object.</summary>
    public static TaintKinds Closed(TaintKinds kinds)
    {
        kinds |= Exactly(kinds);
        return (kinds & (ExactProto | ExactCtor)) == (ExactProto | ExactCtor) ? kinds | OwnLookup : kinds;
    }
}

/// <summary>What guards have established: for a value (<see cref="TaintLabel.FactKey"/>) the kinds it is safe for. Immutable; joined by intersection.</summary>
internal sealed class FactSet : IEquatable<FactSet>
{
    private readonly (int Key, TaintKinds Kinds)[] _facts;
    private readonly int _hash;
    private readonly bool _isAboutHosts;
    private FactSet? _withLookups;

    private FactSet((int Key, TaintKinds Kinds)[] facts)
    {
        _facts = facts;
        foreach (var f in facts)
        {
            _hash = (((_hash * 31) + f.Key) * 31) + (int)f.Kinds;
            _isAboutHosts |= TextParts.PartOf(f.Key) == TextPart.Host;
        }
    }

    public static FactSet Empty { get; } = new([]);
    public bool IsEmpty => _facts.Length == 0;
    /// <summary>Some fact is about what was looked up, see <see cref="TaintLabel.LookupKey"/>.</summary>
    public bool IsAboutLookups => _facts.Length > 0 && _facts[0].Key < 0;

    // Behind the keys of all values.
    private const int AnswerKey = int.MaxValue - 1;
    private static readonly FactSet PlainAnswer = new([(AnswerKey, TaintKinds.HtmlText)]);

    /// <summary>The program has said that its answer is of a type that browsers do not show as a page.</summary>
    public bool AnswerIsNoPage => _facts.Length > 0 && _facts[^1].Key == AnswerKey;

    /// <summary>With what was said last of the answer's type.</summary>
    public FactSet WithAnswer(bool isNoPage) => isNoPage == AnswerIsNoPage ? this : isNoPage ? Union(PlainAnswer) : _facts.Length == 1 ? Empty : new FactSet(_facts[..^1]);

    public static FactSet Of(int key, TaintKinds kinds) => kinds == TaintKinds.None ? Empty : new([(key, Closed(key, kinds))]);

    private static TaintKinds Closed(int key, TaintKinds kinds) => key >= 0 ? FactKinds.Closed(kinds) : kinds;

    public TaintKinds KindsOf(int key)
    {
        foreach (var f in _facts)
        {
            if (f.Key == key) return f.Kinds;
            if (f.Key > key) break;
        }
        return TaintKinds.None;
    }

    /// <summary>What is known of a label's value: by itself, and as a part or an element of what more is known of.</summary>
    public TaintKinds KindsOf(TaintLabel label)
    {
        if (_facts.Length == 0) return TaintKinds.None;
        var kinds = KindsOf(label.FactKey);
        if (label.WholeKey != label.FactKey) kinds |= FactKinds.Closed(KindsOf(label.WholeKey) & ~FactKinds.OfWhole);
        if (label.PieceKey != label.FactKey) kinds |= KindsOf(label.PieceKey);
        // Where an address leads is its host.
        if (_isAboutHosts && label.Marks.Part() == TextPart.None && (KindsOf(TextParts.FactKey(label.Node, label.Marks, TextPart.Host)) & TaintKinds.All) == TaintKinds.All) kinds |= TaintKinds.UrlRequest | TaintKinds.UrlRedirect;
        // What each element was found to be holds for the one at a place.
        return label.Node.AnyElement is { } any ? kinds | KindsOf(TextParts.FactKey(any, label.Marks, label.Marks.Part())) : kinds;
    }

    public FactSet Union(FactSet other) => other.IsEmpty || ReferenceEquals(this, other) ? this : IsEmpty ? other : Merge(other, false);
    public FactSet Intersect(FactSet other) => Equals(other) ? this : IsEmpty || other.IsEmpty ? Empty
        : IsAboutLookups || other.IsAboutLookups ? WithLookups().Merge(other.WithLookups(), true) : Merge(other, true);

    // A key that is none of the prototype's, or finds own properties only, leads to no prototype: what one branch says of the key, the other may say of what it leads to.
    private FactSet WithLookups() => _withLookups ??= Implied();

    private FactSet Implied()
    {
        var implied = new List<(int Key, TaintKinds Kinds)>();
        foreach (var (key, kinds) in _facts)
        {
            if (key < 0) continue;
            var keys = (kinds & FactKinds.OwnLookup) != 0 ? TaintKinds.ProtoKey | TaintKinds.CtorKey : FactKinds.Keys(kinds);
            if (keys != TaintKinds.None) implied.Add((-1 - key, keys));
        }
        implied.Reverse();
        return implied.Count == 0 ? this : Union(new FactSet([.. implied]));
    }

    private FactSet Merge(FactSet other, bool both)
    {
        // Most merges bring nothing new.
        if (HasAll(other)) return both ? other : this;
        if (other.HasAll(this)) return both ? this : other;
        var result = new (int, TaintKinds)[both ? Math.Min(_facts.Length, other._facts.Length) : _facts.Length + other._facts.Length];
        int i = 0, j = 0, count = 0;
        while (i < _facts.Length || j < other._facts.Length)
        {
            var left = i < _facts.Length ? _facts[i].Key : int.MaxValue;
            var right = j < other._facts.Length ? other._facts[j].Key : int.MaxValue;
            if (left == right)
            {
                var kinds = both ? _facts[i].Kinds & other._facts[j].Kinds : _facts[i].Kinds | other._facts[j].Kinds;
                if (kinds != TaintKinds.None) result[count++] = (left, Closed(left, kinds));
                i++;
                j++;
            }
            else if (left < right) { if (!both) result[count++] = _facts[i]; i++; }
            else { if (!both) result[count++] = other._facts[j]; j++; }
        }
        return count == 0 ? Empty : new FactSet(count == result.Length ? result : result[..count]);
    }

    // Whether every fact of the other set is one of these.
    private bool HasAll(FactSet other)
    {
        if (other._facts.Length > _facts.Length) return false;
        var i = 0;
        foreach (var (key, kinds) in other._facts)
        {
            while (i < _facts.Length && _facts[i].Key < key) i++;
            if (i == _facts.Length || _facts[i].Key != key || (kinds & ~_facts[i].Kinds) != 0) return false;
        }
        return true;
    }

    public bool Equals(FactSet? other) => other is not null && (ReferenceEquals(this, other) || (_hash == other._hash && _facts.AsSpan().SequenceEqual(other._facts)));
    public override bool Equals(object? obj) => Equals(obj as FactSet);
    public override int GetHashCode() => _hash;
}

/// <summary>A comparison with an attacker-controlled value.</summary>
internal sealed record Comparison(AccessNode Node, string Operator, string? Value);

/// <summary>What a value says when it is tested: facts on either branch, and the comparison that made it.</summary>
/// <param name="IfTrue">Facts where it is truthy; null: it can't be.</param>
/// <param name="IfFalse">Facts where it is falsy; null: it can't be.</param>
/// <param name="Comparison">The comparison, or null.</param>
/// <param name="Holds">Whether truthy means that the comparison holds.</param>
/// <param name="Origin">What a number or string was derived from ("length", "typeof", "indexOf"), or "".</param>
/// <param name="Of">The values it was derived from.</param>
/// <param name="Detail">For indexOf: the text looked for.</param>
internal sealed record TestFacts(FactSet? IfTrue, FactSet? IfFalse, Comparison? Comparison, bool Holds, string Origin, ValueList Of, string? Detail)
{
    public static TestFacts Boolean(FactSet? ifTrue, FactSet? ifFalse, Comparison? comparison = null, bool holds = true) =>
        new(ifTrue, ifFalse, comparison, holds, "", ValueList.Empty, null);

    public static TestFacts From(string origin, AbstractValue of, string? detail = null) => new(FactSet.Empty, FactSet.Empty, null, true, origin, new ValueList([of]), detail);

    /// <summary>The same where these facts hold anyway.</summary>
    public TestFacts Under(FactSet facts) => facts.IsEmpty || Origin.Length > 0 ? this : this with { IfTrue = IfTrue?.Union(facts), IfFalse = IfFalse?.Union(facts) };

    public TestFacts Not() => new(IfFalse, IfTrue, Comparison, !Holds, "", ValueList.Empty, null);

    public static TestFacts? Join(TestFacts? a, TestFacts? b)
    {
        if (a is null || b is null) return null;
        if (a.Equals(b)) return a;
        return Boolean(Both(a.IfTrue, b.IfTrue), Both(a.IfFalse, b.IfFalse));
    }

    public static FactSet? Both(FactSet? a, FactSet? b) => a is null ? b : b is null ? a : a.Intersect(b);
}

/// <summary>A list with the equality of its content.</summary>
internal sealed class ValueList(AbstractValue[] values) : IEquatable<ValueList>
{
    public static ValueList Empty { get; } = new([]);
    public AbstractValue[] Values { get; } = values;
    public bool Equals(ValueList? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values);
    public override bool Equals(object? obj) => Equals(obj as ValueList);
    public override int GetHashCode() => Values.Length == 0 ? 0 : Values[0].GetHashCode();
}
