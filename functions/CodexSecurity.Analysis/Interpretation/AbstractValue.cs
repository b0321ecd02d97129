using System.Globalization;
using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Primitive types of which any value is possible; Other is an object that is not modelled.</summary>
[Flags]
internal enum Prim : byte { None = 0, Undefined = 1, Null = 2, Boolean = 4, Number = 8, String = 16, Other = 32, Any = 63 }

/// <summary>A piece of a text under construction: literal, a label's value (index of the label), or unknown (neither); a number among what is unknown.</summary>
internal readonly record struct TextPiece(string? Literal, TaintLabel? Label, bool HasNumber = false);

/// <summary>
/// What a value may be: a set of heap objects, constants, any value of some primitive types; and what is known of it: labels,
/// how its text is put together, what testing it says. Immutable, equal by content (histories of labels aside).
/// </summary>
internal sealed class AbstractValue : IEquatable<AbstractValue>
{
    private const int MaxObjects = 16, MaxOpaque = 2, MaxConstants = 32, MaxLabels = 10, MaxPieces = 16;
    private readonly int _hash, _content;

    public Prim Types { get; }
    /// <summary>string, double, bool, <see cref="SymbolKey"/>; sorted.</summary>
    public object[] Constants { get; }
    public HeapObject[] Objects { get; }
    public Tainted[] Labels { get; }
    public TextPiece[]? Text { get; }
    public TestFacts? Test { get; }
    public ProtoReach? Proto { get; }
    /// <summary>Some constant is a text.</summary>
    public bool HasKnownStrings { get; }

    // The same with other facts: what is equal by content is not looked at again.
    private AbstractValue(AbstractValue of, TestFacts? test, ProtoReach? proto)
    {
        (Types, Constants, Objects, Labels, Text, HasKnownStrings) = (of.Types, of.Constants, of.Objects, of.Labels, of.Text, of.HasKnownStrings);
        (Test, Proto, IsNone) = (test, proto, of.IsNone);
        _content = of._content;
        _hash = (_content * 31) + (proto?.GetHashCode() ?? 0);
    }

    public AbstractValue(Prim types, object[]? constants = null, HeapObject[]? objects = null, Tainted[]? labels = null, TextPiece[]? text = null, TestFacts? test = null, ProtoReach? proto = null)
        // An array of texts is an array of objects to the compiler, but not to a span.
        : this(constants is null ? [] : Sorted(constants.GetType() == typeof(object[]) ? constants : [.. constants]), types, objects, labels, text, test, proto)
    {
    }

    // Of constants that are in order.
    private AbstractValue(object[] sorted, Prim types, HeapObject[]? objects, Tainted[]? labels, TextPiece[]? text, TestFacts? test, ProtoReach? proto)
    {
        Types = types;
        Constants = sorted;
        Objects = objects ?? [];
        Labels = labels ?? [];
        Text = text is { Length: <= MaxPieces } ? text : null;
        Test = test;
        Proto = proto;
        IsNone = types == Prim.None && sorted.Length == 0 && Objects.Length == 0 && Labels.Length == 0;
        var h = (int)types;
        foreach (var c in Constants)
        {
            h = (h * 31) + Hash(c);
            HasKnownStrings |= c is string;
        }
        foreach (var o in Objects) h = (h * 31) + o.Id;
        foreach (var l in Labels) h = (h * 31) + l.Label.Id;
        _content = h;
        _hash = (h * 31) + (proto?.GetHashCode() ?? 0);
    }

    public static AbstractValue Undefined { get; } = new(Prim.Undefined);
    public static AbstractValue Null { get; } = new(Prim.Null);
    /// <summary>Nothing at all: no value reached this place.</summary>
    public static AbstractValue None { get; } = new(Prim.None);
    public static AbstractValue Unknown { get; } = new(Prim.Any);
    public static AbstractValue AnyString { get; } = new(Prim.String);
    public static AbstractValue AnyNumber { get; } = new(Prim.Number);
    public static AbstractValue AnyBoolean { get; } = new(Prim.Boolean);
    public static AbstractValue True { get; } = new(Prim.None, [true]);
    public static AbstractValue False { get; } = new(Prim.None, [false]);

    public static AbstractValue Of(string text) => new(Prim.None, [text]);
    public static AbstractValue Of(double number) => new(Prim.None, [number]);
    public static AbstractValue Of(bool value) => value ? True : False;
    public static AbstractValue Of(SymbolKey symbol) => new(Prim.None, [symbol]);
    public static AbstractValue Of(HeapObject o) => o.Value;

    public bool IsNone { get; }
    public bool HasLabels => Labels.Length > 0;
    /// <summary>The only value it can be, if it is a string.</summary>
    public string? SingleString => Types == Prim.None && Objects.Length == 0 && Labels.Length == 0 && Constants.Length == 1 ? Constants[0] as string : null;
    /// <summary>Every value it can be is a known string (at least one).</summary>
    public bool OnlyKnownStrings => Types == Prim.None && Objects.Length == 0 && Labels.Length == 0 && Constants.Length > 0 && OnlyTexts(Constants);
    /// <summary>It can't be anything but a string.</summary>
    public bool SurelyString => Objects.Length == 0 && (Types & ~Prim.String) == 0 && OnlyTexts(Constants) && !IsNone;

    public IEnumerable<string> KnownStrings() => Constants.OfType<string>();

    /// <summary>True or false where every alternative agrees; null where both are possible.</summary>
    public bool? Truthiness()
    {
        if (Labels.Length > 0 || (Types & ~(Prim.Undefined | Prim.Null)) != 0) return null;
        bool? all = (Types & (Prim.Undefined | Prim.Null)) != 0 ? false : null;
        if (Objects.Length > 0) { if (all == false) return null; all = true; }
        foreach (var c in Constants)
        {
            var t = IsTruthy(c);
            if (all is null) all = t; else if (all != t) return null;
        }
        return all;
    }

    public static bool IsTruthy(object constant) => constant switch { string s => s.Length > 0, double d => d != 0 && !double.IsNaN(d), bool b => b, _ => true };

    public AbstractValue WithTest(TestFacts? test) => ReferenceEquals(test, Test) ? this : new(this, test, Proto);
    public AbstractValue WithLabels(Tainted[] labels) => WithLabels(labels, Test);
    public AbstractValue WithLabels(Tainted[] labels, TestFacts? test) => new(Constants, Types, Objects, labels, Text, test, Proto);
    public AbstractValue WithProto(ProtoReach? proto) => Equals(Proto, proto) ? this : new(this, Test, proto);
    public AbstractValue WithTypes(Prim types) => types == Types ? this : new(Constants, types, Objects, Labels, Text, Test, Proto);

    public AbstractValue Join(AbstractValue other)
    {
        if (ReferenceEquals(this, other) || other.IsNone) return this;
        if (IsNone) return other;
        if (_hash == other._hash && Equals(other)) return Test is null || Equals(Test, other.Test) ? this : WithTest(TestFacts.Join(Test, other.Test));
        if (JoinMemory.Find(this, other) is { } known) return known;
        var types = Types | other.Types;
        var constants = JoinConstants(Constants, other.Constants, ref types);
        var objects = JoinObjects(Objects, other.Objects, ref types);
        var labels = JoinLabels(Labels, other.Labels);
        var text = SameText(Text, other.Text) ? Text : CommonBegin(Text, other.Text, labels);
        var (test, proto) = (JoinTests(this, other), ProtoReach.Join(Proto, other.Proto));
        var isNew = types != Types || !ReferenceEquals(constants, Constants) || !ReferenceEquals(objects, Objects) || !ReferenceEquals(labels, Labels)
            || !ReferenceEquals(text, Text) || !ReferenceEquals(test, Test) || !ReferenceEquals(proto, Proto);
        var result = isNew ? new AbstractValue(constants, types, objects, labels, text, test, proto) : this;
        // One value may stand for copies of one variable where it is tested (Interpreter.Replace): those are not shared.
        if (test is null) JoinMemory.Keep(this, other, result);
        return result;
    }

    private static TestFacts? JoinTests(AbstractValue a, AbstractValue b)
    {
        if (a.Test is null && b.Test is null) return null;
        var x = a.Test ?? Plain(a);
        var y = b.Test ?? Plain(b);
        return x is null || y is null ? null : TestFacts.Join(x, y);
    }

    // A constant says which branch is impossible.
    private static TestFacts? Plain(AbstractValue v) => v.Truthiness() switch
    {
        true => TestFacts.Boolean(FactSet.Empty, null),
        false => TestFacts.Boolean(null, FactSet.Empty),
        null => null,
    };

    private static object[] JoinConstants(object[] a, object[] b, ref Prim types)
    {
        if (b.Length == 0 || ReferenceEquals(a, b)) return Drop(a, types);
        if (a.Length == 0) return Drop(b, types);
        // Counted first: most joins bring nothing new.
        int i = 0, j = 0, count = 0;
        for (; i < a.Length && j < b.Length; count++)
        {
            var order = Compare(a[i], b[j]);
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        count += a.Length - i + (b.Length - j);
        if (count == a.Length) return Drop(a, types);
        if (count == b.Length) return Drop(b, types);
        if (count > MaxConstants)
        {
            foreach (var c in a) types |= TypeOf(c);
            foreach (var c in b) types |= TypeOf(c);
            return [];
        }
        var all = new object[count];
        (i, j) = (0, 0);
        for (var n = 0; n < count; n++)
        {
            var order = j == b.Length ? -1 : i == a.Length ? 1 : Compare(a[i], b[j]);
            all[n] = order <= 0 ? a[i] : b[j];
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return Drop(all, types);
    }

    private static bool OnlyTexts(object[] constants)
    {
        foreach (var c in constants) if (c is not string) return false;
        return true;
    }

    // A constant of a type of which any value is possible says nothing, except for strings, which are property names.
    private static object[] Drop(object[] constants, Prim types)
    {
        if ((types & (Prim.Number | Prim.Boolean)) == 0) return constants;
        foreach (var c in constants) if (c is not string && (types & TypeOf(c)) != 0) return Other(constants, types);
        return constants;
    }

    private static object[] Other(object[] constants, Prim types) => Array.FindAll(constants, k => k is string || (types & TypeOf(k)) == 0);

    private static HeapObject[] JoinObjects(HeapObject[] a, HeapObject[] b, ref Prim types)
    {
        if (b.Length == 0 || ReferenceEquals(a, b)) return Telling(a, ref types);
        if (a.Length == 0) return Telling(b, ref types);
        if (a.Length == MaxObjects && (types & Prim.Other) != 0 && IsFullFor(a, b)) return a;
        int i = 0, j = 0, count = 0;
        for (; i < a.Length && j < b.Length; count++)
        {
            var order = a[i].Id - b[j].Id;
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        count += a.Length - i + (b.Length - j);
        if (count == a.Length) return Telling(a, ref types);
        if (count == b.Length) return Telling(b, ref types);
        var all = new HeapObject[count];
        (i, j) = (0, 0);
        for (var n = 0; n < all.Length; n++)
        {
            if (j == b.Length || (i < a.Length && a[i].Id < b[j].Id)) all[n] = a[i++];
            else if (i == a.Length || b[j].Id < a[i].Id) all[n] = b[j++];
            else { all[n] = a[i++]; j++; }
        }
        all = Telling(all, ref types);
        if (all.Length <= MaxObjects) return all;
        types |= Prim.Other;
        return all[..MaxObjects];
    }

    // The objects with the lowest numbers stay: the others can bring nothing to a list that is full of lower ones.
    private static bool IsFullFor(HeapObject[] full, HeapObject[] more)
    {
        var last = full[^1].Id;
        foreach (var o in more) if (o.Id < last && !(o.IsOpaque && !o.HasFields) && !Holds(full, o)) return false;
        foreach (var o in full) if (o.IsOpaque && !o.HasFields) return false;
        return true;
    }

    private static bool Holds(HeapObject[] objects, HeapObject o)
    {
        foreach (var known in objects) if (ReferenceEquals(known, o)) return true;
        return false;
    }

    // Objects of which nothing is known are told apart while they are few. Many of them, or one beside any object, are any object:
    // each would be read, called and joined by itself, and all of them alike.
    private static HeapObject[] Telling(HeapObject[] all, ref Prim types)
    {
        var opaque = 0;
        foreach (var o in all) if (o.IsOpaque && !o.HasFields) opaque++;
        if (opaque == 0 || (opaque <= MaxOpaque && (types & Prim.Other) == 0)) return all;
        types |= Prim.Other;
        return opaque == all.Length ? [] : Array.FindAll(all, o => !o.IsOpaque || o.HasFields);
    }

    public static Tainted[] JoinLabels(Tainted[] a, Tainted[] b)
    {
        if (b.Length == 0 || ReferenceEquals(a, b)) return a;
        if (a.Length == 0) return b;
        if (HasAll(a, b)) return a;
        var more = 0;
        // The labels with the lowest numbers stay.
        var last = a.Length >= MaxLabels ? a[^1].Label.Id : int.MaxValue;
        foreach (var l in b) if (l.Label.Id < last && !Holds(a, l.Label)) more++;
        if (more == 0) return a;
        var all = new Tainted[a.Length + more];
        a.CopyTo(all, 0);
        var count = a.Length;
        foreach (var l in b) if (l.Label.Id < last && !Holds(all.AsSpan(0, count), l.Label)) all[count++] = l;
        count = Uncovered(all, count, a.Length);
        // Few, and nearly in order.
        for (var i = 1; i < count; i++)
        {
            var moved = all[i];
            var at = i;
            for (; at > 0 && all[at - 1].Label.Id > moved.Label.Id; at--) all[at] = all[at - 1];
            all[at] = moved;
        }
        return count == all.Length && count <= MaxLabels ? all : all[..Math.Min(count, MaxLabels)];
    }

    // Takes out what a label that was added, from a place on, says already; gives how many are left, at the front. What was there covers nothing that was added.
    private static int Uncovered(Tainted[] labels, int count, int added)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var covered = false;
            for (var k = Math.Max(i + 1, added); k < count && !covered; k++) covered = labels[k].Label.Covers(labels[i].Label);
            if (!covered) labels[kept++] = labels[i];
        }
        return kept;
    }

    // Whether each of the wanted labels is there: both lists are in order, and most joins bring nothing new.
    private static bool HasAll(Tainted[] labels, Tainted[] wanted)
    {
        var i = 0;
        foreach (ref readonly var w in wanted.AsSpan())
        {
            while (i < labels.Length && labels[i].Label.Id < w.Label.Id) i++;
            if (i == labels.Length || !ReferenceEquals(labels[i].Label, w.Label)) return false;
        }
        return true;
    }

    private static bool Holds(ReadOnlySpan<Tainted> labels, TaintLabel label)
    {
        foreach (ref readonly var l in labels) if (l.Label.Covers(label)) return true;
        return false;
    }

    private static bool SameText(TextPiece[]? a, TextPiece[]? b) => ReferenceEquals(a, b) || (a is not null && b is not null && a.AsSpan().SequenceEqual(b));

    // How both texts begin, and then what either goes on with.
    private static TextPiece[]? CommonBegin(TextPiece[]? a, TextPiece[]? b, Tainted[] labels)
    {
        if (a is null || b is null || a.Length == 0 || b.Length == 0) return null;
        if (a[0].Literal is not { } x || b[0].Literal is not { } y) return null;
        var length = x.AsSpan().CommonPrefixLength(y);
        if (length == 0) return null;
        var rest = new TextPiece(null, labels.Length > 0 ? labels[0].Label : null);
        return length == x.Length && a.Length == 2 && a[1] == rest ? a : length == y.Length && b.Length == 2 && b[1] == rest ? b : [new TextPiece(length == x.Length ? x : x[..length], null), rest];
    }

    private static Prim TypeOf(object c) => c switch { string => Prim.String, double => Prim.Number, bool => Prim.Boolean, _ => Prim.Other };
    private static int Rank(object c) => c switch { bool => 0, double => 1, string => 2, _ => 3 };
    // Cheap rather than even: equality decides.
    private static int Hash(object c) => (c is SymbolKey symbol ? symbol.Field : c) is not string s ? c.GetHashCode() : s.Length == 0 ? 1 : (((s.Length * 31) + s[0]) * 31 + s[s.Length / 2]) * 31 + s[^1];

    // Joins rely on it. All but a few come sorted already.
    private static object[] Sorted(object[] constants)
    {
        for (var i = 1; i < constants.Length; i++)
        {
            if (Compare(constants[i - 1], constants[i]) <= 0) continue;
            constants = [.. constants];
            Array.Sort(constants, Compare);
            return constants;
        }
        return constants;
    }

    private static int Compare(object a, object b)
    {
        if (ReferenceEquals(a, b)) return 0;
        if (a is string x && b is string y) return string.CompareOrdinal(x, y);
        var rank = Rank(a).CompareTo(Rank(b));
        return rank != 0 ? rank : a is double d ? d.CompareTo((double)b) : a is SymbolKey s ? string.CompareOrdinal(s.Field, ((SymbolKey)b).Field) : ((bool)a).CompareTo((bool)b);
    }

    /// <summary>A constant as JavaScript's string conversion writes it.</summary>
    public static string Print(object constant) => constant switch
    {
        string s => s,
        double d => d == Math.Floor(d) && Math.Abs(d) < 1e15 ? d.ToString("0", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture),
        bool b => b ? "true" : "false",
        _ => "",
    };

    public bool Equals(AbstractValue? other)
    {
        if (ReferenceEquals(this, other)) return true;
        return other is not null && _hash == other._hash && Types == other.Types && Constants.AsSpan().SequenceEqual(other.Constants)
            && SameObjects(Objects, other.Objects) && SameLabels(Labels, other.Labels)
            && SameText(Text, other.Text) && Equals(Test, other.Test) && Equals(Proto, other.Proto);
    }

    private static bool SameObjects(HeapObject[] a, HeapObject[] b)
    {
        if (ReferenceEquals(a, b)) return true;
        if (a.Length != b.Length) return false;
        for (var i = 0; i < a.Length; i++) if (!ReferenceEquals(a[i], b[i])) return false;
        return true;
    }

    private static bool SameLabels(Tainted[] a, Tainted[] b)
    {
        if (ReferenceEquals(a, b)) return true;
        if (a.Length != b.Length) return false;
        for (var i = 0; i < a.Length; i++) if (!ReferenceEquals(a[i].Label, b[i].Label)) return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as AbstractValue);
    public override int GetHashCode() => _hash;
}
