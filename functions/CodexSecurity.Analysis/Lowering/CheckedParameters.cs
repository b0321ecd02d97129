using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

/// <summary>
/// Parameters that a function throws over: <c>function assert(condition, message) { if (!condition) throw new Error(message); }</c>. Whoever
/// has called it and goes on knows that the condition held.
/// </summary>
internal static class CheckedParameters
{
    private const int MaxStatements = 12;

    /// <summary>Those of a function, as far as its outer statements say.</summary>
    public static IReadOnlyList<CheckedParameter> Of(SyntaxNode function, IReadOnlyList<Parameter> parameters)
    {
        if (parameters.Count == 0) return [];
        List<CheckedParameter>? found = null;
        if (function.Field("return_type") is { HasValue: true } type && Promised(type) is { } name && IndexOf(name, parameters) is >= 0 and var at) (found ??= []).Add(new CheckedParameter(at, true));
        var body = function.Field("body");
        if (body.Kind != "statement_block") return found ?? [];
        var (seen, returns, leaving) = (0, 0, default(CheckedParameter?));
        var last = default(SyntaxNode);
        foreach (var s in body.NamedChildren)
        {
            if (s.Kind == "comment") continue;
            if (++seen > MaxStatements) return found ?? [];
            last = s;
            if (s.Kind == "if_statement" && !s.Field("alternative").HasValue && returns == 0 && Tested(s.Field("condition"), parameters) is { } tested)
            {
                if (Ends(s.Field("consequence"), "throw_statement")) (found ??= []).Add(new CheckedParameter(tested.Index, !tested.Holds));
                else if (Ends(s.Field("consequence"), "return_statement")) leaving = tested;
            }
            // Behind a way out nothing is checked for sure.
            returns += Returns(s);
        }
        // if (condition) return; …; throw
        if (leaving is { } left && returns == 1 && last.Kind == "throw_statement") (found ??= []).Add(left);
        return found ?? [];
    }

    // How many ways lead out of the function here.
    private static int Returns(SyntaxNode statement)
    {
        var count = 0;
        for (var i = statement.Index; i < statement.Index + statement.SubtreeSize; i++)
        {
            var n = statement.Tree[i];
            if (n.Kind == "return_statement") count++;
            // Functions inside have ways out of their own.
            if (Scopes.IsFunction(n.Kind)) i += n.SubtreeSize - 1;
        }
        return count;
    }

    // "asserts condition", as TypeScript has it.
    private static string? Promised(SyntaxNode type)
    {
        var text = type.Text.TrimStart(':').Trim();
        return text.StartsWith("asserts ", StringComparison.Ordinal) && text.IndexOf(' ', 8) < 0 ? text[8..].Trim() : null;
    }

    // The parameter that a condition is, or denies.
    private static CheckedParameter? Tested(SyntaxNode condition, IReadOnlyList<Parameter> parameters)
    {
        var holds = true;
        while (true)
        {
            condition = SettingChecks.Inside(condition);
            if (condition.Kind != "unary_expression" || condition.Field("operator").Kind != "!") break;
            holds = !holds;
            condition = condition.Field("argument");
        }
        return condition.Kind == "identifier" && IndexOf(condition.Text, parameters) is >= 0 and var at ? new CheckedParameter(at, holds) : null;
    }

    private static int IndexOf(string name, IReadOnlyList<Parameter> parameters)
    {
        for (var i = 0; i < parameters.Count; i++) if (parameters[i].Name == name && !parameters[i].IsRest) return i;
        return -1;
    }

    private static bool Ends(SyntaxNode statement, string kind) => SettingChecks.LastOf(statement).Kind == kind;
}
