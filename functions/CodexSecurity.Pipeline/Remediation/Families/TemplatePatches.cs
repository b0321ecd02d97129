using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Outputs of templates: the engine's own encoding, quotes around an attribute, JSON that can't end a script.</summary>
internal static partial class TemplatePatches
{
    private const string Escaped = "The value is encoded for HTML by the template engine. A value that is meant to hold markup is shown as text.";

    /// <summary>The edit for a sink in a template, or the reason why there is none.</summary>
    public static PatchPlan Propose(Candidate candidate, SourceFile file)
    {
        var (start, end) = (candidate.Sink.StartOffset, candidate.Sink.EndOffset);
        if (start < 0 || end > file.Text.Length || end <= start) return new PatchPlan([], "the output was not found in the template");
        var output = file.Text[start..end];
        var place = candidate.Properties.GetValueOrDefault(CandidateProperties.TemplatePlace, "text");
        var (strategy, text) = place switch
        {
            "text" => Encoded(output),
            "unquoted" => ("quote-attribute", $"\"{output}\""),
            "script" => ("json-in-script", InScript(output)),
            _ => ("", null),
        };
        if (text is null) return new PatchPlan([], place == "address" ? "which addresses may stand here is a decision of the project, so no rule can write it" : "the output has no form that can be mended safely by rule");
        var told = strategy switch
        {
            "escape-output" => Escaped,
            "quote-attribute" => "The attribute's value stands in quotes, so that the encoded value can't end it.",
            _ => "The value becomes a literal of JavaScript in which no tag can begin.",
        };
        return new PatchPlan([new PatchProposal(strategy, told, [new FileEdit(file.Path, start, end, text)])], "", true);
    }

    private static (string Strategy, string? Text) Encoded(string output)
    {
        // EJS: <%- JSON.stringify(x) %> stands in a script, where encoding for HTML would break it.
        if (Json().IsMatch(output)) return ("json-in-script", InScript(output));
        if (output.StartsWith("<%", StringComparison.Ordinal)) return ("escape-output", "<%=" + output[3..]);
        if (output.StartsWith("{{{", StringComparison.Ordinal)) return ("escape-output", output[1..^1]);
        if (output.StartsWith("!{", StringComparison.Ordinal)) return ("escape-output", "#" + output[1..]);
        if (Ampersand().Match(output) is { Success: true } and) return ("escape-output", "{{" + output[and.Length..]);
        if (output.StartsWith("{{", StringComparison.Ordinal)) return ("escape-output", SafeFilter().IsMatch(output) ? SafeFilter().Replace(output, "") : End().Replace(output, " | escape $1"));
        if (DustFilter().IsMatch(output)) return ("escape-output", DustFilter().Replace(output, "$1"));
        var mark = output.IndexOf("!=", StringComparison.Ordinal);
        return ("escape-output", mark < 0 ? null : output.Remove(mark, 1));
    }

    // Only engines whose outputs are JavaScript have a form for this.
    private static string? InScript(string output)
    {
        const string Safe = ".replace(/</g, '\\\\u003c')";
        if (Ejs().Match(output) is { Success: true } ejs) return $"<%- {Literal(ejs.Groups["value"].Value)}{Safe} %>";
        if (Pug().Match(output) is { Success: true } pug) return $"!{{{Literal(pug.Groups["value"].Value)}{Safe}}}";
        return null;
    }

    private static string Literal(string value) => value.StartsWith("JSON.stringify(", StringComparison.Ordinal) && value.EndsWith(')') ? value : $"JSON.stringify({value})";

    [GeneratedRegex(@"^<%[-~]\s*JSON\.stringify\(", RegexOptions.CultureInvariant)] private static partial Regex Json();
    [GeneratedRegex(@"^<%[-=~]\s*(?<value>.+?)\s*;?\s*-?%>$", RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking)] private static partial Regex Ejs();
    [GeneratedRegex(@"^[#!]\{(?<value>.+)\}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Pug();
    [GeneratedRegex(@"^\{\{~?\s*&\s*", RegexOptions.CultureInvariant)] private static partial Regex Ampersand();
    [GeneratedRegex(@"\s*\|\s*(?:safe|raw)\b(?:\(\))?", RegexOptions.CultureInvariant)] private static partial Regex SafeFilter();
    [GeneratedRegex(@"\s*(-?\}\})$", RegexOptions.CultureInvariant)] private static partial Regex End();
    [GeneratedRegex(@"\|s(\||\})", RegexOptions.CultureInvariant)] private static partial Regex DustFilter();
}
