namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Results of recent joins. The same two values are joined again and again (loops, calls of joined functions, later rounds), and
/// values that are the same object need no comparison. Bounded; one for each thread, as a run has a thread of its own.
/// </summary>
internal static class JoinMemory
{
    private const int Size = 4096;

    private struct Entry
    {
        public AbstractValue A, B, Result;
    }

    [ThreadStatic]
    private static Entry[]? t_entries;

    public static AbstractValue? Find(AbstractValue a, AbstractValue b)
    {
        if (t_entries is not { } entries) return null;
        ref var entry = ref entries[Place(a, b)];
        return ReferenceEquals(entry.A, a) && ReferenceEquals(entry.B, b) ? entry.Result : null;
    }

    public static void Keep(AbstractValue a, AbstractValue b, AbstractValue result) =>
        (t_entries ??= new Entry[Size])[Place(a, b)] = new Entry { A = a, B = b, Result = result };

    private static int Place(AbstractValue a, AbstractValue b) => (int)((((uint)a.GetHashCode() * 31) + (uint)b.GetHashCode()) * 0x9E3779B1u >> 20);
}
