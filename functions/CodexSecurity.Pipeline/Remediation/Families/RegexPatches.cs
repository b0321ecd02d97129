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
        var written = Written(context, pattern);
        if (written is null)
        {
            context.Reason = "the place where the regular expression is written was not found";
            if (call.HasValue && Length(sink, call, degree) is { } alone) yield return alone;
            yield break;
        }
        context.Reason = "no pattern that surely matches the same texts in linear time is known for this regular expression";
        foreach (var exact in RegexRewrites.Exact(pattern, flags, IsTestOnly(written.File, written.Value)))
            if (Rewrite(written, exact, "linear-pattern", "The regular expression is written so that it matches the same texts without backtracking.") is { } linear) yield return linear;
        foreach (var bounded in RegexRewrites.Bounded(pattern, degree))
            if (Rewrite(written, bounded.Pattern, "bounded-repetition", string.Create(CultureInfo.InvariantCulture, $"Repetitions in the regular expression are limited to {bounded.Limit}, so its time no longer grows with the square of the text. Longer parts no longer match.")) is { } limited) yield return limited;
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
    private static RegexSource? Written(PatchContext context, string pattern)
    {
        var place = context.Candidate.Properties.GetValueOrDefault(CandidateProperties.RegexLocation, "").Split(':');
        var file = place.Length >= 3 ? context.File(string.Join(':', place[..^2])) : null;
        if (file is not null && int.TryParse(place[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var line)
            && All(file).Where(r => file.File.Lines.Position(r.Value.Start).Line == line).ToList() is [var near]) return near;
        return All(file ?? context.SinkFile!).ToList() is [var only] ? only : null;

        IEnumerable<RegexSource> All(JsFile f) => f.All().Select(n => RegexSource.Read(f, n)).OfType<RegexSource>().Where(r => r.Pattern == pattern);
    }

    private static PatchProposal? Rewrite(RegexSource written, string pattern, string strategy, string what) =>
        written.Rewritten(pattern) is { IsEmpty: false, IsSound: true } edits ? new PatchProposal(strategy, what, edits.Edits) : null;

    // Used by test() alone, here or by way of one name.
    private static bool IsTestOnly(JsFile file, SyntaxNode value)
    {
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
