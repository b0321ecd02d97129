using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Where attacker-influenced data enters: one parameter, request, argument vector …</summary>
/// <param name="Id">Number in order of creation.</param>
/// <param name="Kind">Source kind of the rules ("library-input", "http-request" …).</param>
/// <param name="Root">Root of the access path as in <see cref="Results.TaintedInput.Root"/>.</param>
/// <param name="Name">What a person calls it.</param>
/// <param name="Place">Where it is.</param>
internal sealed record TaintSource(int Id, string Kind, string Root, string Name, Place Place)
{
    /// <summary>The kind of what a library's callers hand it.</summary>
    public const string OfCallers = "library-input";

    /// <summary>Entry point that takes it in, set once; null: the one that is being run.</summary>
    public EntryDraft? Entry { get; set; }
}

/// <summary>A place in a file.</summary>
internal readonly record struct Place(SourceFile File, int Start, int End);

/// <summary>What happened to a text that later decisions depend on.</summary>
[Flags]
internal enum TextMarks : ushort
{
    None = 0,
    /// <summary>Percent-decoded: earlier checks no longer hold.</summary>
    Decoded = 1,
    /// <summary>A normalised path: a prefix comparison is a containment check.</summary>
    Normalized = 2,
    /// <summary>A key, that is, surely a string (for-in, split, Object.keys).</summary>
    Key = 4,
    /// <summary>A normalised path that begins with a separator: below another path it can't climb.</summary>
    Rooted = 8,
}

/// <summary>A source and fields below it, interned: also collects how the code uses that value.</summary>
internal sealed class AccessNode(int id, TaintSource source, AccessNode? parent, string segment)
{
    /// <summary>Longest access path; deeper reads stay at a wildcard.</summary>
    public const int MaxDepth = 6;

    private Dictionary<string, AccessNode>? _children;
    private AccessNode? _last;

    public int Id { get; } = id;
    public TaintSource Source { get; } = source;
    public AccessNode? Parent { get; } = parent;
    public string Segment { get; } = segment;
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;
    public UsedAs Uses { get; set; }
    public int CallArguments { get; set; } = -1;
    public SortedSet<string> Literals { get; } = new(StringComparer.Ordinal);
    public bool Tested { get; set; }
    /// <summary>Fields that the code reads, by name, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, AccessNode>> Children => _children is null ? [] : [.. _children.OrderBy(c => c.Key, StringComparer.Ordinal)];
    public bool HasChild(string segment) => _children is not null && _children.ContainsKey(segment);
    /// <summary>Its label of which nothing is removed; made on first use.</summary>
    public TaintLabel? Plain { get; set; }
    /// <summary>The value that reading it gave last: reads by the same history give the same.</summary>
    public AbstractValue? LastRead { get; set; }
    /// <summary>Fields that the program wrote onto this value.</summary>
    public HeapObject? Written { get; set; }

    /// <summary>The fields from the source on.</summary>
    public IReadOnlyList<string> Path()
    {
        var path = new List<string>();
        for (var n = this; n.Parent is not null; n = n.Parent) path.Add(n.Segment);
        path.Reverse();
        return path;
    }

    /// <summary>Any element of the list that it is the element at a place of, where one was read; else null.</summary>
    public AccessNode? AnyElement => Segment.Length > 0 && char.IsAsciiDigit(Segment[0]) ? Parent?._children?.GetValueOrDefault("[*]") : null;

    public AccessNode Child(string segment, LabelTable table)
    {
        if (_last is { } last && ReferenceEquals(last.Segment, segment)) return last;
        if (segment == "[*]" && Segment == "[*]") return this;
        if (_children is not null && _children.TryGetValue(segment, out var known)) return _last = known;
        if (Depth >= MaxDepth || (_children?.Count ?? 0) >= 64) return segment == "[*]" ? this : Segment == "[*]" ? this : Depth >= MaxDepth ? this : Child("[*]", table);
        _children ??= new Dictionary<string, AccessNode>(StringComparer.Ordinal);
        return _children[segment] = table.NewNode(Source, this, segment);
    }
}

/// <summary>How the code uses an attacker-controlled value.</summary>
[Flags]
internal enum UsedAs : ushort { None = 0, String = 1, Number = 2, Boolean = 4, Object = 8, Array = 16, Function = 32, RegExp = 64, Promise = 128, Stream = 256, Buffer = 512 }

/// <summary>An attacker-controlled value with the kinds it is no longer dangerous for. Interned: equal labels are the same object.</summary>
internal sealed class TaintLabel(int id, AccessNode node, TaintKinds removed, TextMarks marks)
{
    public int Id { get; } = id;
    public AccessNode Node { get; } = node;
    public TaintKinds Removed { get; } = removed;
    public TextMarks Marks { get; } = marks;
    /// <summary>Facts of guards are about the value at this key: a decoded text is another value, and so is a part.</summary>
    public int FactKey { get; } = TextParts.FactKey(node, marks, marks.Part());
    /// <summary>Of a rooted path: its label where it is put below another path.</summary>
    public TaintLabel? Below { get; init; }
    private const TextMarks Restricting = TextMarks.Key | TextMarks.Normalized | TextMarks.Rooted;

    /// <summary>Of the same value, and dangerous for all that the other is dangerous for: beside it the other says nothing.</summary>
    public bool Covers(TaintLabel other) => ReferenceEquals(this, other)
        || (FactKey == other.FactKey && (Removed & ~other.Removed) == 0 && (Marks & Restricting & ~other.Marks) == 0);

    /// <summary>Facts about what was looked up with it as the key stand beside those about the key.</summary>
    public int LookupKey => -1 - FactKey;
    /// <summary>Key of the whole text that it is a part of.</summary>
    public int WholeKey { get; } = TextParts.FactKey(node, marks, TextPart.None);
    /// <summary>Key of any piece that a split or match gave, where it is the one at a place.</summary>
    public int PieceKey { get; } = TextParts.FactKey(node, marks, marks.Part() is >= TextPart.FirstItem and <= TextPart.LastItem ? TextPart.Piece : marks.Part());
}

/// <summary>Makes labels, each once.</summary>
internal sealed class LabelTable
{
    private readonly Dictionary<(int Node, TaintKinds Removed, TextMarks Marks), TaintLabel> _labels = [];
    private int _nodes, _sources;

    public TaintSource NewSource(string kind, string root, EntryDraft? entry, string name, Place place) => new(_sources++, kind, root, name, place) { Entry = entry };
    public AccessNode NewNode(TaintSource source, AccessNode? parent, string segment) => new(_nodes++, source, parent, segment);

    public TaintLabel Label(AccessNode node, TaintKinds removed = TaintKinds.None, TextMarks marks = TextMarks.None)
    {
        if (_labels.TryGetValue((node.Id, removed, marks), out var known)) return known;
        var below = marks.HasFlag(TextMarks.Rooted) ? Label(node, removed | TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry, marks & ~TextMarks.Rooted) : null;
        return _labels[(node.Id, removed, marks)] = new TaintLabel(_labels.Count, node, removed, marks) { Below = below };
    }
}

/// <summary>How a label came here: outside the identity of values, the first way found stays.</summary>
internal sealed record Trace(Trace? Previous, Place Place, string Message, string Transformation)
{
    /// <summary>Longest trace; later steps are left out.</summary>
    public const int MaxLength = 24;

    public int Length { get; } = (Previous?.Length ?? 0) + 1;

    public static Trace Add(Trace? previous, Place place, string message, string transformation = "") =>
        previous is { Length: >= MaxLength } || (previous is not null && previous.Place == place && previous.Message == message) ? previous : new Trace(previous, place, message, transformation);

    public IReadOnlyList<Trace> Steps()
    {
        var all = new List<Trace>();
        for (var t = this; t is not null; t = t.Previous) all.Add(t);
        all.Reverse();
        return all;
    }
}

/// <summary>A label in a value, with its history.</summary>
internal readonly record struct Tainted(TaintLabel Label, Trace Trace)
{
    public bool Equals(Tainted other) => ReferenceEquals(Label, other.Label);
    public override int GetHashCode() => Label.Id;
}
