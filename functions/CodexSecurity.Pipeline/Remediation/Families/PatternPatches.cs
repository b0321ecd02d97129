using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Text that becomes part of a regular expression: each value is escaped where it enters the pattern. A pattern that is handed over whole has no such place.</summary>
internal static partial class PatternPatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression", "new_expression");
        if (!call.HasValue || Js.Arguments(call) is not [var pattern, ..]) yield break;
        var pieces = new TextBuilder(file).Take(pattern);
        // A value of one branch, of a list or of another file would stay as it is.
        if (pieces.Any(p => p.Kind is PieceKind.Choice or PieceKind.Joined || (p.Kind == PieceKind.Hole && !ReferenceEquals(p.File, file)))) yield break;
        if (pieces is [{ Kind: PieceKind.Hole }]) { context.Reason = "the caller hands over the whole pattern; only the author can say whether it is meant as one"; yield break; }
        if (pieces.Any(p => p.Kind == PieceKind.Hole && IsTranslated(p.File, p.Node))) { context.Reason = "the text is a pattern of its own language, of which some signs have a meaning; only the author can say which of the others may have none"; yield break; }
        if (pieces.Any(p => p.Kind == PieceKind.Hole && IsMeant().IsMatch(Js.LastName(p.Node)))) { context.Reason = "the value is called a pattern where it enters one; only the author can say whether callers may write one"; yield break; }
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        foreach (var hole in pieces.Where(p => p.Kind == PieceKind.Hole).DistinctBy(p => p.Node.Index))
        {
            string escape = helpers.Function(file, "escapeRegExp", "text", "string", $"return String(text).replace(/[.*+?^${{}}()|[\\]\\\\]/g, {file.Style.Literal("\\$&")});");
            edits.Replace(file, hole.Node, $"{escape}({hole.Node.Text})");
        }

        if (!edits.IsEmpty && edits.IsSound) yield return new PatchProposal("escape-pattern", "Each value that enters the regular expression is escaped, so it matches itself and nothing else.", edits.Edits);
    }

    // Signs of it are replaced by what they stand for in an expression: escaped afterwards they would stand for themselves.
    private static bool IsTranslated(JsFile file, SyntaxNode value)
    {
        value = Js.Unwrap(value);
        return Replaces(value) || (value.Kind == "identifier" && file.Names.Values(value.Text, value).Concat(file.Names.Assignments(value.Text, value).Select(a => a.Field("right"))).Any(Replaces));

        static bool Replaces(SyntaxNode n) => Js.Within(n).Any(x => x.Kind == "call_expression" && Js.LastName(x.Field("function")) is "replace" or "replaceAll" or "map" or "join" or "reduce");
    }

    [GeneratedRegex(@"pattern|regexp?|glob|expr|mask", RegexOptions.IgnoreCase)]
    private static partial Regex IsMeant();
}
