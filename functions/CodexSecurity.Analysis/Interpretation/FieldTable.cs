using System.Collections;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>The fields of an object in the order in which they were first written. Most objects have a few, which are searched; of many there is an index.</summary>
internal sealed class FieldTable(int expected)
{
    private const int Searched = 8;
    private string[] _names = new string[expected];
    private AbstractValue[] _values = new AbstractValue[expected];
    private Dictionary<string, int>? _index;

    public int Count { get; private set; }

    /// <summary>The names as they are now: fields that are written later are not among them.</summary>
    public FieldNames Names => new(_names, Count);

    /// <summary>The place of a field, or -1.</summary>
    public int Find(string name)
    {
        if (_index is not null) return _index.TryGetValue(name, out var at) ? at : -1;
        var names = _names.AsSpan(0, Count);
        for (var i = 0; i < names.Length; i++) if (ReferenceEquals(names[i], name) || names[i] == name) return i;
        return -1;
    }

    public AbstractValue this[int at]
    {
        get => _values[at];
        set => _values[at] = value;
    }

    /// <summary>Adds a field that is not there yet.</summary>
    public void Add(string name, AbstractValue value)
    {
        if (Count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, Count * 2));
            Array.Resize(ref _values, _names.Length);
        }
        (_names[Count], _values[Count]) = (name, value);
        if (_index is null && Count == Searched)
        {
            _index = new Dictionary<string, int>(_names.Length, StringComparer.Ordinal);
            for (var i = 0; i < Count; i++) _index[_names[i]] = i;
        }
        _index?.Add(name, Count);
        Count++;
    }
}

/// <summary>Names of fields at a time: the list behind it only grows.</summary>
internal readonly struct FieldNames(string[] names, int count) : IReadOnlyList<string>
{
    public int Count => count;
    public string this[int index] => names[index];
    public ArraySegment<string>.Enumerator GetEnumerator() => new ArraySegment<string>(names, 0, count).GetEnumerator();
    IEnumerator<string> IEnumerable<string>.GetEnumerator() => GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
