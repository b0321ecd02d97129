namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What a value holds: the fields and elements of its objects, and of theirs.</summary>
internal static class HeldValues
{
    // Joined objects hold each other in every way: more than this says nothing new of one value.
    private const int MaxObjects = 200;

    /// <summary>The value itself, then what it holds, level by level; each object once.</summary>
    /// <param name="root">The value.</param>
    /// <param name="depth">So many objects may lie between the value and what is given; 0: the value alone.</param>
    /// <param name="enters">Kinds of objects that are looked into.</param>
    /// <param name="marks">What lies below a field of such a name comes marked; null: none.</param>
    public static IEnumerable<(AbstractValue Value, bool Marked)> Of(AbstractValue root, int depth, Func<ObjectKind, bool> enters, Func<string, bool>? marks = null)
    {
        yield return (root, false);
        if (depth == 0 || root.Objects.Length == 0) yield break;
        var seen = new HashSet<(HeapObject, bool)>();
        var level = new List<(HeapObject Object, bool Marked)>();
        Enter(root, false, level);
        for (; depth > 0 && level.Count > 0; depth--)
        {
            var next = new List<(HeapObject Object, bool Marked)>();
            foreach (var (o, marked) in level)
            {
                if (!o.Elements.IsNone)
                {
                    yield return (o.Elements, marked);
                    Enter(o.Elements, marked, next);
                }
                if (o.Kind == ObjectKind.Array) continue;
                foreach (var name in o.FieldNames)
                {
                    if (!Interpreter.IsField(name) || !o.TryGetOwn(name, out var field)) continue;
                    var below = marked || (marks is not null && marks(name));
                    yield return (field, below);
                    Enter(field, below, next);
                }
            }
            level = next;
        }

        void Enter(AbstractValue value, bool marked, List<(HeapObject, bool)> into)
        {
            foreach (var o in value.Objects) if (seen.Count < MaxObjects && enters(o.Kind) && seen.Add((o, marked))) into.Add((o, marked));
        }
    }
}
