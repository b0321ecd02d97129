using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Code injection: data that is evaluated is parsed instead; a property whose name is put into code is read by that name; values within generated code are
/// escaped for the quotes around them, or have to be names where names stand. Code that has to stay code has no patch.
/// </summary>
internal static class CodePatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var file = context.SinkFile!;
        context.Reason = "the evaluated text is more than data or a property name, so only the author can say what is meant to work";
        var call = Js.Up(context.Sink, "call_expression", "new_expression");
        if (!call.HasValue) yield break;
        var arguments = Js.Arguments(call);
        if (arguments.Count == 0) yield break;
        var name = call.Kind == "new_expression" ? call.Field("constructor").Text : Js.LastName(call.Field("function"));
        // (0, eval)(…)
        if (name.Length == 0 && call.Field("function").Text.Contains("eval", StringComparison.Ordinal)) name = "eval";
        var (whole, code, body) = name == "Function" ? (Called(call), arguments[^1], true) : (call, arguments[0], false);
        if (name is not ("eval" or "Function" or "runInThisContext" or "runInNewContext" or "runInContext")) yield break;
        foreach (var proposal in OneValue(file, call, arguments, whole, code, body)) yield return proposal;
        if (CodeQuoting.Propose(file, code, name == "Function" ? arguments[..^1] : []) is { } quoted) yield return quoted;
    }

    // The text is one value, alone or within fixed text.
    private static IEnumerable<PatchProposal> OneValue(JsFile file, SyntaxNode call, List<SyntaxNode> arguments, SyntaxNode whole, SyntaxNode code, bool body)
    {
        if (!whole.HasValue) yield break;
        var pieces = new TextBuilder(file).Take(code);
        if (pieces.Count(p => p.IsDynamic) != 1 || pieces.Any(p => p.Kind is PieceKind.Choice or PieceKind.Joined || (!p.IsDynamic && p.Text is null) || !ReferenceEquals(p.File, file))) yield break;
        var at = pieces.FindIndex(p => p.IsDynamic);
        var (before, after, hole) = (string.Concat(pieces.Take(at).Select(p => p.Text)).Trim(), string.Concat(pieces.Skip(at + 1).Select(p => p.Text)).Trim().TrimEnd(';').Trim(), pieces[at].Node);
        if (!Visible(hole, call)) yield break;
        if (body)
        {
            if (!before.StartsWith("return", StringComparison.Ordinal)) yield break;
            before = before[6..].Trim();
        }
        if ((before, after) is ("", "") or ("(", ")"))
        {
            yield return Parsed(file, whole, hole);
            if (Calculated(file, whole, hole) is { } calculated) yield return calculated;
            yield break;
        }
        if ((before, after) is ("[", "]") && !body)
        {
            yield return Parsed(file, whole, code);
            yield break;
        }
        if ((arguments.Count == 1 || !body) && Receiver(before) is { } target && after is "" or "()" && (!body || Known(file, call, target)))
        {
            var edits = new EditSet();
            edits.Replace(file, whole, $"{target}[{hole.Text}]{after}");
            yield return new PatchProposal("computed-member", "The property is read by its name instead of being written into code.", edits.Edits);
        }
    }

    private static PatchProposal Parsed(JsFile file, SyntaxNode whole, SyntaxNode hole)
    {
        var edits = new EditSet();
        edits.Replace(file, whole, $"JSON.parse({hole.Text})");
        return new PatchProposal("json-parse", "The text is parsed as JSON instead of being evaluated. Text that is JavaScript but no JSON (comments, single quotes, functions) is refused.", edits.Edits);
    }

    // Without letters, brackets and quotes nothing can be named, so nothing can be called.
    private static PatchProposal? Calculated(JsFile file, SyntaxNode whole, SyntaxNode hole)
    {
        if (!Js.IsPure(hole) || Js.Statement(whole) is not { HasValue: true } statement || !Js.Contains(Js.Function(statement) is { HasValue: true } f ? f : file.Tree.Root, hole)) return null;
        var edits = new EditSet();
        edits.InsertBefore(file, statement, [$"if (!/^[\\d\\s.,+*\\/%()-]*$/.test({hole.Text})) throw new SyntaxError({file.Style.Literal("Not an arithmetic expression: ")} + {hole.Text}){file.Style.End}"]);
        return edits.IsSound ? new PatchProposal("arithmetic-only", "Only text of numbers, arithmetic operators and parentheses is evaluated. Everything else is refused with a syntax error, as text that can't be evaluated was before.", edits.Edits) : null;
    }

    // new Function(…)() as a whole; no node where the function is kept.
    private static SyntaxNode Called(SyntaxNode made)
    {
        var n = made;
        while (n.Parent.Kind == "parenthesized_expression") n = n.Parent;
        return n.Parent.Kind == "call_expression" && n.Parent.Field("function") == n ? n.Parent : default;
    }

    // "a.b." -> "a.b": names only.
    private static string? Receiver(string text)
    {
        if (!text.EndsWith('.')) return null;
        text = text[..^1];
        return text.Length > 0 && text.Split('.').All(p => p.Length > 0 && (char.IsAsciiLetter(p[0]) || p[0] is '_' or '$') && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$')) ? text : null;
    }

    // Code made by Function sees globals only.
    private static bool Known(JsFile file, SyntaxNode at, string target) => file.Names.Resolve(target.Split('.')[0], at) is null;

    private static bool Visible(SyntaxNode hole, SyntaxNode call)
    {
        var function = Js.Function(hole);
        return !function.HasValue || Js.Contains(function, call);
    }
}
