using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Prototype pollution by a path that is taken to pieces within one expression ("path.split('.').reduce(…)"): there is no statement between the pieces and
/// the write, so the parameter is checked as a whole, before the function does anything.
/// </summary>
internal static class PrototypeParameters
{
    private const int MaxDepth = 8;

    private const string Which = "A path of which __proto__, constructor or prototype is a part is ";

    // A part of its own, whatever separates the parts: a dot, a slash, brackets, the comma of a list that becomes a text.
    private const string Parts = @"/(?:^|\W)(?:__proto__|constructor|prototype)(?:\W|$)/";

    /// <summary>A check at the start of each function whose parameter a key comes from; null where a key has another origin.</summary>
    public static PatchProposal? Propose(JsFile file, SyntaxNode function, IReadOnlyList<SyntaxNode> keys, bool refuse)
    {
        var origins = keys.Select(k => Origin(file, k, 0)).ToList();
        if (origins.Count == 0 || origins.Any(o => o is null || !Js.Contains(o.Value.Scope, function))) return null;
        var edits = new EditSet();
        foreach (var (owner, name) in origins.Select(o => (o!.Value.Scope, o.Value.Name)).Distinct())
        {
            if ((refuse ? FunctionExit.Throw(file, "Unsafe path: ", name) : FunctionExit.Return(file, owner, owner.Field("body").Start)) is not { } exit) return null;
            edits.InsertAtStart(file, owner, [$"if ({Parts}.test(String({name}))) {exit}"]);
        }

        return edits.IsSound ? new PatchProposal(refuse ? "refuse-prototype-parameter" : "ignore-prototype-parameter", Which + (refuse ? "refused with an error before it is used." : "left alone before it is used."), edits.Edits) : null;
    }

    // The parameter that a value is, or is a piece of.
    private static (SyntaxNode Scope, string Name)? Origin(JsFile file, SyntaxNode value, int depth)
    {
        value = Js.Unwrap(value);
        if (depth > MaxDepth) return null;
        switch (value.Kind)
        {
            case "assignment_expression": return Origin(file, value.Field("left"), depth + 1);
            case "ternary_expression": return Same(file, [value.Field("consequence"), value.Field("alternative")], depth);
            case "subscript_expression": return Origin(file, value.Field("object"), depth + 1);
            case "call_expression":
                var callee = Js.Unwrap(value.Field("function"));
                return callee.Kind == "member_expression" ? Origin(file, callee.Field("object"), depth + 1) : Js.Arguments(value) is [var only] ? Origin(file, only, depth + 1) : null;
            case "identifier":
                if (file.Names.Resolve(value) is not { } binding) return null;
                if (binding.Kind == "loop") return binding.Holder.Field("operator").Text == "of" ? Origin(file, binding.Holder.Field("right"), depth + 1) : null;
                if (binding.Kind != "param") return Same(file, file.Names.Values(value.Text, value), depth);
                return PrototypeKeys.IsIterator(binding.Scope, out _) ? Origin(file, PrototypeKeys.Iterated(binding.Scope), depth + 1) : (binding.Scope, value.Text);
            default: return null;
        }
    }

    private static (SyntaxNode Scope, string Name)? Same(JsFile file, IReadOnlyList<SyntaxNode> values, int depth)
    {
        var origins = values.Select(v => Origin(file, v, depth + 1)).Distinct().ToList();
        return origins is [var one] ? one : null;
    }
}
