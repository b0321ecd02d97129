using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Prototype pollution where the code on the way looks for "__proto__" already, but not for the other way to a prototype, "constructor" and "prototype": the
/// comparison takes them as well.
/// </summary>
internal static class PrototypeGuards
{
    private const int MostGuards = 8;
    private static readonly string[] s_others = ["constructor", "prototype"];

    /// <summary>All such comparisons in the functions that the keys come through; then all in the file of the write, where there are few.</summary>
    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var passed = context.StepsBack().Select(s => (s.File, Function: Js.Function(s.Node))).Where(f => f.Function.HasValue).Distinct().ToList();
        if (Wider(passed) is { } first) yield return first;
        if (Wider([.. context.SinkFile!.All().Where(Js.IsFunction).Select(f => (context.SinkFile!, f))]) is { } all) yield return all;
    }

    private static PatchProposal? Wider(List<(JsFile File, SyntaxNode Function)> functions)
    {
        var edits = new EditSet();
        int guards = 0;
        foreach (var (file, function) in functions)
        {
            foreach (var comparison in Js.Own(function).Where(n => n.Kind == "binary_expression"))
            {
                var (left, right) = (comparison.Field("left"), comparison.Field("right"));
                var (key, name) = Js.StringValue(right) == "__proto__" ? (left, right) : Js.StringValue(left) == "__proto__" ? (right, left) : default;
                bool isEqual = Js.Operator(comparison) is "==" or "===";
                if (!key.HasValue || !Js.IsPure(key) || (!isEqual && Js.Operator(comparison) is not ("!=" or "!=="))) continue;
                var missing = s_others.Where(o => !Js.Own(function).Any(n => n.Kind == "binary_expression" && new[] { n.Field("left"), n.Field("right") } is var sides && sides.Any(s => s.Text == key.Text) && sides.Any(s => Js.StringValue(s) == o))).ToList();
                if (missing.Count == 0) continue;
                guards++;
                string all = string.Join(isEqual ? " || " : " && ", missing.Select(o => $"{key.Text} {Js.Operator(comparison)} {CodeStyle.Literal(o, file.Text[name.Start])}").Prepend(comparison.Text));
                bool isAlone = comparison.Parent.Kind == "parenthesized_expression" || (comparison.Parent.Kind == "binary_expression" && Js.Operator(comparison.Parent) == (isEqual ? "||" : "&&"));
                edits.Replace(file, comparison, isAlone ? all : $"({all})");
            }
        }

        return guards is > 0 and <= MostGuards && edits.IsSound
            ? new PatchProposal("wider-prototype-guard", "What is done where a key is __proto__ is done for constructor and prototype as well: they lead to a prototype too.", edits.Edits) : null;
    }
}
