using System.Globalization;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Slow regular expressions: the method that does the same (trim); else a pattern that matches the same texts without backtracking; else a limit on its
/// repetitions, or on the length of the text.
/// </summary>
internal static class RegexPatches
{
    private const int LongText = 2000;
    private static readonly string[] TrimEnds = ["\\s+$", "\\s*$", "[\\s]+$", "\\s\\s*$", "(\\s+)$"];
    private static readonly string[] Trims = ["^\\s+|\\s+$", "(^\\s+|\\s+$)", "^\\s*|\\s*$", "(^\\s*)|(\\s*$)", "^\\s\\s*|\\s\\s*$", "^[\\s\\uFEFF\\xA0]+|[\\s\\uFEFF\\xA0]+$", "^[\\s\\xa0]+|[\\s\\xa0]+$", "(^\\s+)|(\\s+$)"];

    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var sink = context.SinkFile!;
        var pattern = context.Candidate.Properties[CandidateProperties.RegexPattern];
        var flags = context.Candidate.Properties.GetValueOrDefault(CandidateProperties.RegexFlags, "");
        _ = int.TryParse(context.Candidate.Properties.GetValueOrDefault(CandidateProperties.RegexDegree, ""), NumberStyles.None, CultureInfo.InvariantCulture, out var degree);
        var call = Js.Up(context.Sink, "call_expression", "new_expression");
        if (call.HasValue && Trim(sink, call, pattern, flags) is { } trim) yield return trim;
        var (file, literal) = Literal(context, pattern);
        if (!literal.HasValue)
        {
            context.Reason = "the place where the regular expression is written was not found";
            if (call.HasValue && Length(sink, call, degree) is { } alone) yield return alone;
            yield break;
        }
        context.Reason = "no pattern that surely matches the same texts in linear time is known for this regular expression";
        foreach (var exact in RegexRewrites.Exact(pattern, flags, IsTestOnly(file!, literal)))
            yield return Rewrite(file!, literal, exact, "linear-pattern", "The regular expression is written so that it matches the same texts without backtracking.");
        foreach (var bounded in RegexRewrites.Bounded(pattern, degree))
            yield return Rewrite(file!, literal, bounded.Pattern, "bounded-repetition", string.Create(CultureInfo.InvariantCulture, $"Repetitions in the regular expression are limited to {bounded.Limit}, so its time no longer grows with the square of the text. Longer parts no longer match."));
        if (call.HasValue && Length(sink, call, degree) is { } length) yield return length;
    }

    private static PatchProposal? Trim(JsFile file, SyntaxNode call, string pattern, string flags)
    {
        var callee = Js.Unwrap(call.Field("function"));
        if (callee.Kind != "member_expression" || Js.LastName(callee) is not ("replace" or "replaceAll") || flags.Contains('m') || Js.Arguments(call) is not [_, var by] || Js.StringValue(by) != "") return null;
        // JavaScript's \s and the white space that trim takes are the same set.
        var method = TrimEnds.Contains(pattern) ? "trimEnd" : Trims.Contains(pattern) && flags.Contains('g') ? "trim" : null;
        if (method is null) return null;
        var edits = new EditSet();
        edits.Replace(file, callee.Field("property").Start, call.End, method + "()");
        return new PatchProposal("trim", $"{method}() does the same as the regular expression, in linear time.", edits.Edits);
    }

    /// <summary>The regular expression in the source: at its place, else the only one with this pattern in the file of the sink.</summary>
    private static (JsFile? File, SyntaxNode Node) Literal(PatchContext context, string pattern)
    {
        var place = context.Candidate.Properties.GetValueOrDefault(CandidateProperties.RegexLocation, "").Split(':');
        var file = place.Length >= 3 ? context.File(string.Join(':', place[..^2])) : null;
        if (file is not null && int.TryParse(place[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var line))
        {
            var near = file.All().Where(n => Is(n) && file.File.Lines.Position(n.Start).Line == line).ToList();
            if (near.Count == 1) return (file, near[0]);
        }
        file ??= context.SinkFile!;
        var all = file.All().Where(Is).ToList();
        return all.Count == 1 ? (file, all[0]) : (null, default);

        bool Is(SyntaxNode n) => n.Kind == "regex" ? n.Field("pattern").Text == pattern
            : n.Kind is "string" or "template_string" && Js.StringValue(n) == pattern && n.Parent.Kind == "arguments" && (n.Parent.Parent.Kind == "new_expression" ? n.Parent.Parent.Field("constructor") : n.Parent.Parent.Field("function")).Text == "RegExp";
    }

    private static PatchProposal Rewrite(JsFile file, SyntaxNode literal, string pattern, string strategy, string what)
    {
        var edits = new EditSet();
        if (literal.Kind == "regex") edits.Replace(file, literal.Field("pattern"), pattern);
        else edits.Replace(file, literal, CodeStyle.Literal(pattern, file.Text[literal.Start] == '"' ? '"' : '\''));
        return new PatchProposal(strategy, what, edits.Edits);
    }

    // Used by test() alone, here or by way of one name.
    private static bool IsTestOnly(JsFile file, SyntaxNode literal)
    {
        var value = literal.Kind == "regex" ? literal : literal.Parent.Parent;
        if (IsTest(value)) return true;
        if (value.Parent.Kind != "variable_declarator" || file.Names.Resolve(value.Parent.Field("name")) is not { } binding) return false;
        var uses = file.Names.Uses(binding).ToList();
        return uses.Count > 0 && uses.All(IsTest);

        static bool IsTest(SyntaxNode n) => n.Parent.Kind == "member_expression" && n.FieldName == "object" && n.Parent.Field("property").Text == "test" && n.Parent.Parent.Kind == "call_expression";
    }

    /// <summary>Takes a text that is too long for one that does not match. Of no use where the time grows exponentially, and no choice where matches are replaced.</summary>
    private static PatchProposal? Length(JsFile file, SyntaxNode call, int degree)
    {
        if (degree == 0) return null;
        var (callee, arguments) = (Js.Unwrap(call.Field("function")), Js.Arguments(call));
        if (callee.Kind != "member_expression" || arguments.Count == 0) return null;
        var name = Js.LastName(callee);
        var text = name is "test" or "exec" ? arguments[0] : callee.Field("object");
        if (!Js.IsPure(text)) return null;
        var limit = degree > 2 ? LongText / 8 : LongText;
        var edits = new EditSet();
        switch (name)
        {
            case "test":
                edits.Replace(file, call, string.Create(CultureInfo.InvariantCulture, $"(String({text.Text}).length <= {limit} && {call.Text})"));
                break;
            case "exec" or "match":
                // A global match that is repeated in a loop ends by null as well.
                edits.Replace(file, call, string.Create(CultureInfo.InvariantCulture, $"(String({text.Text}).length > {limit} ? null : {call.Text})"));
                break;
            default: return null;
        }
        return new PatchProposal("bounded-text", string.Create(CultureInfo.InvariantCulture, $"A text of more than {limit} characters is taken for one that does not match, before the regular expression sees it."), edits.Edits);
    }
}
