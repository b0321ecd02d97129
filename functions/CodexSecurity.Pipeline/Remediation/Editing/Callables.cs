using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Finds functions by callee and calls by function, by name inside one file: good enough to propose an edit, which the gates then judge.</summary>
internal static class Callables
{
    /// <summary>The function that a callee names in this file; no node where there is none or more than one.</summary>
    public static SyntaxNode Find(JsFile file, SyntaxNode callee)
    {
        callee = Js.Unwrap(callee);
        if (callee.Kind == "identifier")
        {
            if (file.Names.Resolve(callee) is not { } b) return default;
            if (b.Kind == "function") return b.Holder;
            return file.Names.Values(b.Name, callee) is [var value] && Js.IsFunction(Js.Unwrap(value)) ? Js.Unwrap(value) : default;
        }
        if (callee.Kind != "member_expression") return default;
        var name = callee.Field("property").Text;
        var found = file.All().Where(n => Js.IsFunction(n) && NameOf(n) == name).ToList();
        return found.Count == 1 ? found[0] : default;
    }

    /// <summary>The name by which a function is called: its own, or that of the variable or property it is given to; "" for none.</summary>
    public static string NameOf(SyntaxNode function)
    {
        if (function.Field("name") is { HasValue: true } own) return own.Text;
        var p = function.Parent;
        while (p.Kind is "parenthesized_expression" or "as_expression") p = p.Parent;
        return p.Kind switch
        {
            "variable_declarator" => p.Field("name").Text,
            "assignment_expression" => Js.LastName(p.Field("left")),
            "pair" => p.Field("key").Text.Trim('\'', '"'),
            "public_field_definition" or "field_definition" => (p.Field("name") is { HasValue: true } n ? n : p.Field("property")).Text,
            _ => "",
        };
    }

    /// <summary>Calls of a function in a file, in order.</summary>
    public static List<SyntaxNode> Calls(JsFile file, SyntaxNode function)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { NameOf(function) };
        // var f = exports.g = function h() {}: all of these names.
        for (var p = function.Parent; p.Kind is "assignment_expression" or "variable_declarator"; p = p.Parent) names.Add(Js.LastName(p.Field(p.Kind == "variable_declarator" ? "name" : "left")));
        names.Remove("");
        return [.. file.All().Where(n => n.Kind == "call_expression" && names.Contains(Js.LastName(n.Field("function"))) && !Js.Contains(function, n))];
    }

    /// <summary>Position of the parameter with a name; -1 for none.</summary>
    public static int ParameterIndex(SyntaxNode function, string name) => Js.Parameters(function).FindIndex(p => Js.ParameterName(p) == name);
}
