using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>A declared name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Node">Where it is declared (the identifier).</param>
/// <param name="Kind">"var", "let", "const", "param", "function", "class", "import", "catch", "loop".</param>
/// <param name="Scope">The node in which it is visible.</param>
/// <param name="Holder">Declarator, parameter, function, import specifier.</param>
internal sealed record Binding(string Name, SyntaxNode Node, string Kind, SyntaxNode Scope, SyntaxNode Holder)
{
    /// <summary>The initial value, where the whole value is bound to this one name.</summary>
    public SyntaxNode Value => Holder.Kind == "variable_declarator" && Holder.Field("name") == Node ? Holder.Field("value") : default;
}

/// <summary>Declarations of a file by name; lexical scopes as JavaScript has them (with <c>var</c> hoisted to its function).</summary>
internal sealed class Bindings
{
    private readonly SyntaxTree _tree;
    private readonly Dictionary<string, List<Binding>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<SyntaxNode>> _uses = new(StringComparer.Ordinal);

    public Bindings(SyntaxTree tree)
    {
        _tree = tree;
        for (var i = 0; i < tree.Count; i++) Visit(tree[i]);
    }

    /// <summary>Whether a name is declared or used anywhere.</summary>
    public bool IsTaken(string name) => _byName.ContainsKey(name) || _uses.ContainsKey(name);

    /// <summary>The innermost declaration visible at a node; null for a global.</summary>
    public Binding? Resolve(string name, SyntaxNode at)
    {
        Binding? best = null;
        foreach (var b in _byName.GetValueOrDefault(name) ?? [])
        {
            if (Js.Contains(b.Scope, at) && (best is null || b.Scope.Index >= best.Scope.Index)) best = b;
        }
        return best;
    }

    public Binding? Resolve(SyntaxNode identifier) => Resolve(identifier.Text, identifier);

    /// <summary>Uses of a declared name, the declaration left out, in order.</summary>
    public IEnumerable<SyntaxNode> Uses(Binding binding) =>
        (_uses.GetValueOrDefault(binding.Name) ?? []).Where(u => u != binding.Node && ReferenceEquals(Resolve(binding.Name, u), binding));

    /// <summary>Assignments to a name (<c>=</c> and the like), in order. The name may be an undeclared global.</summary>
    public IEnumerable<SyntaxNode> Assignments(string name, SyntaxNode at)
    {
        var binding = Resolve(name, at);
        foreach (var use in _uses.GetValueOrDefault(name) ?? [])
        {
            if (use.Parent.Kind is "assignment_expression" or "augmented_assignment_expression" && use.Parent.Field("left") == use && ReferenceEquals(Resolve(name, use), binding))
                yield return use.Parent;
        }
    }

    /// <summary>Every value a name is given by declaration or plain assignment; empty where one can't be seen (parameter, loop variable, destructured).</summary>
    public List<SyntaxNode> Values(string name, SyntaxNode at)
    {
        var values = new List<SyntaxNode>();
        if (Resolve(name, at) is { } b)
        {
            if (b.Kind is not ("var" or "let" or "const")) return values;
            if (b.Value.HasValue) values.Add(b.Value);
            else if (b.Holder.Field("name") != b.Node) return [];
        }
        foreach (var a in Assignments(name, at)) if (a.Kind == "assignment_expression") values.Add(a.Field("right"));
        return values;
    }

    private void Visit(SyntaxNode n)
    {
        switch (n.Kind)
        {
            case "identifier" or "shorthand_property_identifier" or "shorthand_property_identifier_pattern":
                if (n.IsNamed) Add(_uses, n.Text, n);
                break;
            case "variable_declarator":
                var word = n.Parent.Kind == "variable_declaration" ? "var" : n.Parent.Field("kind").Text is "const" ? "const" : "let";
                Declare(n.Field("name"), word, word == "var" ? FunctionOf(n) : BlockOf(n), n);
                break;
            case "for_in_statement" when n.Field("kind").HasValue:
                Declare(n.Field("left"), "loop", n.Field("kind").Text == "var" ? FunctionOf(n) : n, n);
                break;
            case "function_declaration" or "generator_function_declaration": DeclareOne(n.Field("name"), "function", BlockOf(n), n); break;
            case "class_declaration": DeclareOne(n.Field("name"), "class", BlockOf(n), n); break;
            case "import_specifier": DeclareOne(n.Field("alias") is { HasValue: true } a ? a : n.Field("name"), "import", _tree.Root, n); break;
            case "namespace_import": DeclareOne(Js.FirstNamed(n), "import", _tree.Root, n); break;
            case "import_clause":
                if (Js.FirstNamed(n) is { Kind: "identifier" } whole) DeclareOne(whole, "import", _tree.Root, n);
                break;
            case "catch_clause": Declare(n.Field("parameter"), "catch", n, n); break;
        }
        if (Js.IsFunction(n))
        {
            foreach (var p in Js.Parameters(n)) Declare(p, "param", n, p);
            if (n.Kind is "function_expression" && n.Field("name") is { HasValue: true } own) DeclareOne(own, "function", n, n);
        }
    }

    private void Declare(SyntaxNode pattern, string kind, SyntaxNode scope, SyntaxNode holder)
    {
        if (!pattern.HasValue) return;
        if (pattern.Kind == "identifier") { DeclareOne(pattern, kind, scope, holder); return; }
        foreach (var n in Js.Within(pattern))
        {
            if (n.Kind == "shorthand_property_identifier_pattern" || (n.Kind == "identifier" && IsBound(n, pattern))) DeclareOne(n, kind, scope, holder);
        }
    }

    // Inside a pattern the right side of a default value is a use, no declaration.
    private static bool IsBound(SyntaxNode n, SyntaxNode pattern)
    {
        for (var c = n; c.HasValue && c != pattern; c = c.Parent)
        {
            if (c.FieldName is "right" or "value" && c.Parent.Kind is "assignment_pattern" or "object_assignment_pattern" or "required_parameter" or "optional_parameter") return c.Parent.Kind == "pair_pattern";
            if (c.Kind is "type_annotation") return false;
        }
        return pattern.Kind is not ("required_parameter" or "optional_parameter") || Js.Contains(pattern.Field("pattern"), n);
    }

    private void DeclareOne(SyntaxNode name, string kind, SyntaxNode scope, SyntaxNode holder)
    {
        if (name.HasValue) Add(_byName, name.Text, new Binding(name.Text, name, kind, scope, holder));
    }

    private SyntaxNode FunctionOf(SyntaxNode n) => Js.Function(n) is { HasValue: true } f ? f : _tree.Root;

    private SyntaxNode BlockOf(SyntaxNode n)
    {
        for (var p = n.Parent; p.HasValue; p = p.Parent)
        {
            if (p.Kind is "statement_block" or "for_statement" or "switch_body" || Js.IsFunction(p)) return p;
        }
        return _tree.Root;
    }

    private static void Add<T>(Dictionary<string, List<T>> map, string key, T value)
    {
        if (!map.TryGetValue(key, out var list)) map[key] = list = [];
        list.Add(value);
    }
}
