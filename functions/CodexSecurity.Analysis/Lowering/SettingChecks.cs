using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

/// <summary>
/// Checks that a setting or the platform turns off: <c>if (!options.allowDots &amp;&amp; isBad(key)) return;</c>. Who turns them off knows; as the code
/// stands without, they are checks.
/// </summary>
internal static class SettingChecks
{
    private const int MaxNodes = 60;

    // What comes with a request is no setting: who sends it turns nothing off.
    private static readonly HashSet<string> Received = new(StringComparer.Ordinal)
    {
        "req", "request", "ctx", "query", "body", "params", "event", "message", "msg", "data", "input", "payload",
    };

    /// <summary>The setting and the check of an if statement that leaves where both hold, or null where it is no such statement.</summary>
    public static (SyntaxNode Setting, SyntaxNode Check)? CheckOf(SyntaxNode statement)
    {
        if (!Leaves(statement.Field("consequence"))) return null;
        var condition = Inside(statement.Field("condition"));
        if (condition.Kind != "binary_expression" || condition.Field("operator").Kind != "&&") return null;
        var (setting, check) = (Inside(condition.Field("left")), condition.Field("right"));
        var names = new HashSet<string>(StringComparer.Ordinal);
        return Runs(setting, names) == true && !Mentions(check, names) ? (setting, check) : null;
    }

    // Whether a check behind this runs where nothing was set, on some platform; null where it is no setting: a field of something, by itself, denied or
    // compared with a constant or another field; several of these. What is checked only where somebody asks for it is not checked.
    private static bool? Runs(SyntaxNode n, HashSet<string> names)
    {
        n = Inside(n);
        switch (n.Kind)
        {
            case "member_expression": return n.Field("property").Text != "length" && Root(n, names) ? false : null;
            case "unary_expression": return n.Field("operator").Kind == "!" ? !Runs(n.Field("argument"), names) : null;
            case "binary_expression":
                var (op, left, right) = (n.Field("operator").Kind, n.Field("left"), n.Field("right"));
                var (one, other) = (Runs(left, names), IsConstant(right) ? false : Runs(right, names));
                if (one is null || other is null) return null;
                return op switch
                {
                    "&&" => one.Value && other.Value,
                    "||" => one.Value || other.Value,
                    "===" or "!==" or "==" or "!=" when left.Text == "process.platform" => true,
                    "===" => right.Kind == "undefined",
                    "!==" => right.Kind != "undefined",
                    "==" => right.Kind is "null" or "undefined",
                    "!=" => right.Kind is not ("null" or "undefined"),
                    _ => null,
                };
            default: return null;
        }
    }

    private static bool Root(SyntaxNode n, HashSet<string> names)
    {
        while (n.Kind == "member_expression") n = n.Field("object");
        if (n.Kind is not ("identifier" or "this") || Received.Contains(n.Text)) return false;
        names.Add(n.Text);
        return true;
    }

    private static bool Mentions(SyntaxNode check, HashSet<string> names)
    {
        var named = false;
        for (var i = check.Index; i < check.Index + check.SubtreeSize; i++)
        {
            var n = check.Tree[i];
            if (i - check.Index > MaxNodes || n.Kind is "function_expression" or "arrow_function") return true;
            if (n.Kind is not ("identifier" or "this")) continue;
            if (names.Contains(n.Text)) return true;
            named = true;
        }
        return !named;
    }

    private static bool Leaves(SyntaxNode n) => LastOf(n).Kind is "return_statement" or "throw_statement" or "continue_statement" or "break_statement";

    /// <summary>The last statement of a block, or the statement itself.</summary>
    internal static SyntaxNode LastOf(SyntaxNode n)
    {
        while (n.Kind == "statement_block")
        {
            var last = default(SyntaxNode);
            foreach (var c in n.NamedChildren) if (c.Kind != "comment") last = c;
            n = last;
        }
        return n;
    }

    private static bool IsConstant(SyntaxNode n) => n.Kind is "string" or "number" or "true" or "false" or "null" or "undefined";

    /// <summary>What stands inside parentheses.</summary>
    internal static SyntaxNode Inside(SyntaxNode n)
    {
        while (n.Kind == "parenthesized_expression")
        {
            var inner = default(SyntaxNode);
            foreach (var c in n.NamedChildren) if (c.Kind != "comment") { inner = c; break; }
            if (!inner.HasValue) return n;
            n = inner;
        }
        return n;
    }
}
