using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Whether an expression has a value that no caller chooses: literals, module constants built of such, paths of the program, numbers.</summary>
internal static class Fixedness
{
    private const int MaxDepth = 12;
    private static readonly string[] Numeric = ["parseInt", "parseFloat", "Number", "Boolean"];
    private static readonly string[] Quoters = ["shellQuote", "shellEscape", "shellescape", "escapeShellArg", "escapeShell", "shq", "quote"];

    public static bool IsFixed(JsFile file, SyntaxNode n) => Check(file, n, 0);

    /// <summary>The text of a constant, where it is a plain literal behind names.</summary>
    public static string? Text(JsFile file, SyntaxNode n)
    {
        for (var i = 0; i < MaxDepth; i++)
        {
            n = Js.Unwrap(n);
            if (n.Kind is "string" or "template_string") return Js.StringValue(n);
            if (n.Kind != "identifier" || file.Names.Values(n.Text, n) is not [var only]) return null;
            n = only;
        }
        return null;
    }

    private static bool Check(JsFile file, SyntaxNode n, int depth)
    {
        n = Js.Unwrap(n);
        if (depth > MaxDepth) return false;
        switch (n.Kind)
        {
            case "string" or "number" or "true" or "false" or "null" or "undefined" or "regex": return true;
            case "template_string": return Parts(n);
            case "unary_expression": return Js.Operator(n) is "+" or "-" or "!" or "~" or "typeof" || Parts(n);
            case "binary_expression":
                return Js.Operator(n) is "-" or "*" or "/" or "%" or "**" or "|" or "&" or "^" or "<<" or ">>" or ">>>" or "==" or "===" or "!=" or "!==" or "<" or ">" or "<=" or ">=" || Parts(n);
            case "ternary_expression": return Check(file, n.Field("consequence"), depth + 1) && Check(file, n.Field("alternative"), depth + 1);
            case "array": return Parts(n);
            case "identifier": return Name(n);
            case "member_expression":
                var property = n.Field("property").Text;
                return property == "length" || (n.Field("object").Text == "process" && property is not ("argv" or "env" or "stdin")) || (IsModule(n.Field("object")) && property != "argv");
            case "subscript_expression": return Check(file, n.Field("object"), depth + 1) && n.Field("object").Kind is "array" or "identifier" && IsConstantTable(n.Field("object"));
            case "call_expression": return Call(n);
            default: return false;
        }

        bool Parts(SyntaxNode parent)
        {
            foreach (var child in parent.NamedChildren)
            {
                if (child.IsExtra || child.Kind is "string_fragment" or "escape_sequence") continue;
                if (!Check(file, child.Kind == "template_substitution" ? Js.FirstNamed(child) : child, depth + 1)) return false;
            }
            return true;
        }

        bool Name(SyntaxNode name)
        {
            if (name.Text is "__dirname" or "__filename" or "undefined" or "NaN" or "Infinity") return true;
            if (file.Names.Resolve(name) is not { } b || b.Kind is not ("var" or "let" or "const" or "import")) return false;
            if (b.Kind == "import") return false;
            var values = file.Names.Values(b.Name, name);
            return values.Count > 0 && file.Names.Assignments(b.Name, name).All(a => Check(file, a.Field("right"), depth + 1)) && values.All(v => Check(file, v, depth + 1));
        }

        bool IsModule(SyntaxNode o) => o.Kind == "identifier" && o.Text is "path" or "os" or "util" && IsRequired(o);

        // A local variable may have the name of a module.
        bool IsRequired(SyntaxNode o) => file.Names.Resolve(o) is not { } b || b.Kind == "import" || (b.Value.HasValue && b.Value.Text.Contains("require", StringComparison.Ordinal));

        bool IsConstantTable(SyntaxNode o) => o.Kind == "array" || file.Names.Values(o.Text, o) is [{ Kind: "array" }];

        bool Call(SyntaxNode call)
        {
            var callee = Js.Unwrap(call.Field("function"));
            var name = Js.LastName(callee);
            if (callee.Kind == "identifier" && (Numeric.Contains(name) || Quoters.Contains(name))) return true;
            if (Quoters.Contains(name)) return true;
            if (callee.Kind != "member_expression") return false;
            var receiver = callee.Field("object").Text;
            if (receiver is "Math" or "Date" || (receiver == "Number" && name.StartsWith("parse", StringComparison.Ordinal))) return true;
            if (receiver is "process" && name is "cwd") return true;
            return IsModule(Js.Unwrap(callee.Field("object"))) && Js.Arguments(call).All(a => Check(file, a, depth + 1));
        }
    }
}
