using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Questions about JavaScript and TypeScript nodes (the node names of the tree-sitter grammars).</summary>
internal static class Js
{
    public static bool IsFunction(SyntaxNode n) => n.Kind is "function_declaration" or "function_expression" or "arrow_function" or "method_definition"
        or "generator_function" or "generator_function_declaration";

    /// <summary>The function around a node (not the node itself); no node at the top level.</summary>
    public static SyntaxNode Function(SyntaxNode n)
    {
        for (var p = n.Parent; p.HasValue; p = p.Parent) if (IsFunction(p)) return p;
        return default;
    }

    /// <summary>The nearest node of a kind around a node, itself included.</summary>
    public static SyntaxNode Up(SyntaxNode n, params string[] kinds)
    {
        for (; n.HasValue; n = n.Parent) if (kinds.Contains(n.Kind)) return n;
        return default;
    }

    /// <summary>The statement that holds a node, or no node where it stands in an arrow function's expression body or a class body.</summary>
    public static SyntaxNode Statement(SyntaxNode n)
    {
        for (; n.HasValue && n.Parent.HasValue; n = n.Parent)
        {
            if (n.Parent.Kind is "program" or "statement_block" || IsCaseBody(n) || IsLoneBody(n)) return n;
            if (IsFunction(n.Parent) && n.Parent.Kind == "arrow_function" && n.FieldName == "body") return default;
        }
        return default;
    }

    private static bool IsCaseBody(SyntaxNode n) => n.Parent.Kind is "switch_case" or "switch_default" && n.FieldName == "body";

    /// <summary>A statement without braces below if, else or a loop.</summary>
    public static bool IsLoneBody(SyntaxNode n) => n.Kind != "statement_block" && n.IsNamed && (n.Parent.Kind is "else_clause" or "labeled_statement"
        || (n.Parent.Kind is "if_statement" && n.FieldName == "consequence")
        || (n.Parent.Kind is "for_statement" or "for_in_statement" or "while_statement" or "do_statement" && n.FieldName == "body")) && n.Kind != "statement_identifier" && !n.IsExtra;

    /// <summary>Arguments of a call, comments left out.</summary>
    public static List<SyntaxNode> Arguments(SyntaxNode call)
    {
        var list = new List<SyntaxNode>();
        var arguments = call.Field("arguments");
        if (arguments.Kind != "arguments") return list;
        foreach (var child in arguments.NamedChildren) if (!child.IsExtra) list.Add(child);
        return list;
    }

    /// <summary>Parameter nodes of a function in order.</summary>
    public static List<SyntaxNode> Parameters(SyntaxNode function)
    {
        var list = new List<SyntaxNode>();
        var single = function.Field("parameter");
        if (single.HasValue) list.Add(single);
        foreach (var child in function.Field("parameters").NamedChildren) if (!child.IsExtra) list.Add(child);
        return list;
    }

    /// <summary>The name that a parameter binds; "" for a pattern.</summary>
    public static string ParameterName(SyntaxNode parameter)
    {
        if (parameter.Kind is "assignment_pattern") parameter = parameter.Field("left");
        if (parameter.Kind is "required_parameter" or "optional_parameter") parameter = parameter.Field("pattern");
        return parameter.Kind == "identifier" ? parameter.Text : "";
    }

    /// <summary>Without parentheses, await, type assertions.</summary>
    public static SyntaxNode Unwrap(SyntaxNode n)
    {
        while (n.Kind is "parenthesized_expression" or "await_expression" or "as_expression" or "non_null_expression" or "satisfies_expression") n = FirstNamed(n);
        return n;
    }

    public static SyntaxNode FirstNamed(SyntaxNode n)
    {
        foreach (var child in n.NamedChildren) if (!child.IsExtra) return child;
        return default;
    }

    /// <summary>The name that a callee ends with: "exec" of <c>cp.exec</c>.</summary>
    public static string LastName(SyntaxNode callee)
    {
        callee = Unwrap(callee);
        return callee.Kind == "member_expression" ? callee.Field("property").Text : callee.Kind is "identifier" or "property_identifier" ? callee.Text : "";
    }

    /// <summary>All nodes of a subtree in pre-order, itself included.</summary>
    public static IEnumerable<SyntaxNode> Within(SyntaxNode n)
    {
        for (var i = n.Index; i < n.Index + n.SubtreeSize; i++) yield return n.Tree[i];
    }

    /// <summary>Nodes of a function (or any subtree) that do not lie in a function below it.</summary>
    public static IEnumerable<SyntaxNode> Own(SyntaxNode n)
    {
        for (var i = n.Index; i < n.Index + n.SubtreeSize;)
        {
            var node = n.Tree[i];
            yield return node;
            i += i != n.Index && IsFunction(node) ? node.SubtreeSize : 1;
        }
    }

    public static bool Contains(SyntaxNode outer, SyntaxNode inner) => inner.Index >= outer.Index && inner.Index < outer.Index + outer.SubtreeSize;

    public static string Operator(SyntaxNode n) => n.Field("operator").Text;

    public static bool IsConcatenation(SyntaxNode n) => n.Kind == "binary_expression" && Operator(n) == "+";

    /// <summary>Value of a string literal (or a template without holes); null for others and for escapes that it can't read.</summary>
    public static string? StringValue(SyntaxNode n)
    {
        if (n.Kind is not ("string" or "template_string")) return null;
        var units = LiteralUnit.Read(n);
        return units is null || units.Any(u => u.Hole.HasValue) ? null : string.Concat(units.Select(u => u.Value));
    }

    /// <summary>Whether evaluating it twice is harmless: names, members, literals, calls of nothing.</summary>
    public static bool IsPure(SyntaxNode n) => Within(n).All(x => x.Kind is not ("call_expression" or "new_expression" or "assignment_expression"
        or "augmented_assignment_expression" or "update_expression" or "await_expression" or "yield_expression" or "function_expression" or "arrow_function"));
}
