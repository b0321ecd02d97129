using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>RegExp: construction, tests, and where a text meets a pattern.</summary>
internal static class RegExpFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["RegExp"] = t["new RegExp"] = Construct;
        t["RegExp.test"] = (i, c) =>
        {
            Matched(i, c, c.This, c.Argument(0), "test");
            return RegexOf(c.This) is { } regex ? AbstractValue.AnyBoolean.WithTest(Guards.Regex(regex, c.Argument(0))) : AbstractValue.AnyBoolean;
        };
        t["RegExp.exec"] = (i, c) =>
        {
            Matched(i, c, c.This, c.Argument(0), "exec");
            return Parts(i, c, c.Argument(0), RegexOf(c.This));
        };
        t["RegExp.toString"] = (_, _) => AbstractValue.AnyString;
    }

    /// <summary>A pattern given as a text ("a+$" as an argument of match or search): the regular expression that it becomes.</summary>
    internal static AbstractValue Compiled(Interpreter i, CallSite c, AbstractValue pattern) => pattern.SingleString is { } text
        ? i.Heap.Get(c.Place.File, c.Place.Start, text, 141, id => new HeapObject(id, ObjectKind.Regex, c.Place, i.Heap) { Name = text }).Value : pattern;

    internal static HeapObject? RegexOf(AbstractValue v) => v.Objects.Length == 1 && v.Objects[0].Kind == ObjectKind.Regex && v.Labels.Length == 0 ? v.Objects[0] : null;

    private static AbstractValue Construct(Interpreter i, CallSite c)
    {
        var pattern = c.Argument(0);
        if (RegexOf(pattern) is { } same && c.Arguments.Length == 1) return same.Value;
        if (pattern.SingleString is not { } text) return i.External("RegExp()", null).Value;
        var flags = c.Argument(1).SingleString ?? "";
        return i.Heap.Get(c.Place.File, c.Place.Start, text + "/" + flags, 140, id => new HeapObject(id, ObjectKind.Regex, c.Place, i.Heap) { Name = text, Flags = flags }).Value;
    }

    /// <summary>A text meets patterns: slow ones are reported.</summary>
    internal static void Matched(Interpreter i, CallSite c, AbstractValue regex, AbstractValue subject, string method)
    {
        if (!subject.HasLabels) return;
        foreach (var l in subject.Labels) l.Label.Node.Uses |= UsedAs.String;
        foreach (var o in regex.Objects) if (o.Kind == ObjectKind.Regex) i.Reports.SlowMatch(c, o, subject, method);
    }

    /// <summary>What a match gives: parts of the subject.</summary>
    internal static AbstractValue Parts(Interpreter i, CallSite c, AbstractValue subject, HeapObject? regex)
    {
        if (!subject.HasLabels) return ArrayFunctions.List(i, c, AbstractValue.AnyString).Join(AbstractValue.Null);
        var labels = Interpreter.Traced(subject.Labels, c.Place, "parts that match", "match");
        var removed = TaintKinds.None;
        if (regex is not null && Regexes.RegexFacts.AcceptedCharacters(regex.Name, regex.Flags) is { } accepted) removed = Guards.SafeWith(accepted);
        labels = i.PartsOf(i.Without(labels, removed, TextMarks.Key), TextPart.Piece);
        var list = ArrayFunctions.List(i, c, new AbstractValue(Prim.String, null, null, labels));
        list.Objects[0].Write("groups", new AbstractValue(Prim.Any, null, null, labels));
        list.Objects[0].Write("index", AbstractValue.AnyNumber);
        return list.Join(AbstractValue.Null);
    }
}
