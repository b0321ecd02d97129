namespace CodexSecurity.Analysis.Interpretation;

/// <summary>The objects that a value holds: its own, those in their fields and elements, and so on.</summary>
internal static class HeldValues
{
    // Joined objects hold each other in every way: more than this says nothing new of one value.
    private const int MaxObjects = 200;

    /// <summary>The objects, level by level, each once.</summary>
    /// <param name="root">The value.</param>
    /// <param name="depth">How many levels; 1: the value's own objects.</param>
    /// <param name="enters">Which objects are looked into.</param>
    /// <param name="marks">What lies below a field of such a name comes marked, and may come a second time; null: none.</param>
    public static List<(HeapObject Object, bool Marked)> Of(AbstractValue root, int depth, Func<HeapObject, bool> enters, Func<string, bool>? marks = null)
    {
        var all = new List<(HeapObject Object, bool Marked)>();
        var seen = new HashSet<int>();
        Enter(root, false);
        for (var (level, end) = (0, all.Count); --depth > 0 && level < end; (level, end) = (end, all.Count))
        {
            for (; level < end; level++)
            {
                var (o, marked) = all[level];
                Enter(o.Elements, marked);
                if (o.Kind == ObjectKind.Array) continue;
                foreach (var name in o.FieldNames) if (o.TryGetOwn(name, out var field) && field.Objects.Length > 0 && Interpreter.IsField(name)) Enter(field, marked || (marks is not null && marks(name)));
            }
        }
        return all;

        void Enter(AbstractValue value, bool marked)
        {
            foreach (var o in value.Objects) if (all.Count < MaxObjects && enters(o) && seen.Add((o.Id << 1) | (marked ? 1 : 0))) all.Add((o, marked));
        }
    }
}
