namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// The last reads of a table by several names at once: <c>for (name in table) exports[name] = table[name]</c> reads any field and writes any
/// field, but each name gets its own. Only a read whose names are all known is kept.
/// </summary>
internal sealed class TableReads
{
    private const int Size = 8;
    private readonly (AbstractValue Value, AbstractValue Table, AbstractValue Names)[] _reads = new (AbstractValue, AbstractValue, AbstractValue)[Size];
    private int _next;

    /// <summary>The names are more than one, and there are no others.</summary>
    public static bool AreNames(AbstractValue key) => key is { Constants.Length: > 1, Types: Prim.None, Objects.Length: 0, Labels.Length: 0 };

    public void Keep(AbstractValue value, AbstractValue table, AbstractValue names)
    {
        _reads[_next] = (value, table, names);
        _next = (_next + 1) % Size;
    }

    /// <summary>The table that a value was read from by these names; null where it was not, or longer ago.</summary>
    public AbstractValue? Find(AbstractValue value, AbstractValue names)
    {
        if (!AreNames(names)) return null;
        if (value.Test is not null) value = value.WithTest(null);
        for (var i = 1; i <= Size; i++)
        {
            var read = _reads[(_next + Size - i) % Size];
            if (read.Value is not null && read.Names.Equals(names) && read.Value.Equals(value)) return read.Table;
        }
        return null;
    }
}
