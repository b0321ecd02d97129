namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Lists of arguments of a program that is started without a shell.</summary>
internal static class ArgumentVectors
{
    /// <summary>What an attacker controls of those arguments that the program may read as options.</summary>
    public static Tainted[] Options(AbstractValue value)
    {
        var labels = value.Labels;
        foreach (var list in value.Objects)
        {
            if (list.Kind != ObjectKind.Array) continue;
            var known = AbstractValue.None;
            var ended = false;
            for (var i = 0; list.TryGetOwn(Interpreter.Index(i), out var item); i++)
            {
                known = known.Join(item);
                // Behind "--" nothing is an option; nor is what begins with text of the program's own.
                ended |= item.SingleString == "--";
                if (!ended && item.Text is not [{ Literal.Length: > 0 }, ..]) labels = AbstractValue.JoinLabels(labels, item.Labels);
            }
            if (!list.Elements.Labels.All(l => Array.IndexOf(known.Labels, l) >= 0)) labels = AbstractValue.JoinLabels(labels, list.Elements.Labels);
        }
        return labels;
    }
}
