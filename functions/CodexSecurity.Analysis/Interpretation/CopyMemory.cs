namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What recent reads of copied fields gave, by the value whose fields were copied and the field's name. Bounded: a later one takes the place of an earlier one.</summary>
internal sealed class CopyMemory
{
    private const int Size = 4096;
    private readonly Entry[] _entries = new Entry[Size];

    /// <param name="from">The value whose fields were copied.</param>
    /// <param name="name">The field.</param>
    /// <param name="stamp">Grows whenever what the program wrote onto the value changes.</param>
    public AbstractValue? Find(AbstractValue from, string name, long stamp)
    {
        ref var entry = ref _entries[Place(from, name)];
        return ReferenceEquals(entry.From, from) && entry.Stamp == stamp && entry.Name == name ? entry.Result : null;
    }

    public AbstractValue Keep(AbstractValue from, string name, long stamp, AbstractValue result)
    {
        _entries[Place(from, name)] = new Entry(from, name, stamp, result);
        return result;
    }

    private static int Place(AbstractValue from, string name) => (int)((((uint)from.GetHashCode() * 31) + (uint)name.GetHashCode(StringComparison.Ordinal)) * 0x9E3779B1u >> 20);

    private readonly record struct Entry(AbstractValue From, string Name, long Stamp, AbstractValue Result);
}
