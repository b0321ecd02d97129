using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

/// <summary>A source variable: a slot of one callable, or a cell once a nested callable touches it.</summary>
internal sealed class Variable(string name, int function)
{
    public string Name { get; } = name;
    public int Function { get; } = function;
    public bool Captured { get; set; }
    public int Slot { get; set; } = -1;
    public int Cell { get; set; } = -1;
    public FunctionBuilder? Home { get; set; }
}

/// <summary>A lexical scope; <paramref name="function"/> is the index of the callable's node.</summary>
internal sealed class Scope(Scope? parent, int function, int end)
{
    private Dictionary<string, Variable>? _names;
    public Scope? Parent { get; } = parent;
    public int Function { get; } = function;
    public int End { get; } = end;

    public void Declare(string name)
    {
        _names ??= new(StringComparer.Ordinal);
        _names.TryAdd(name, new Variable(name, Function));
    }

    public Variable? Find(string name)
    {
        for (var s = this; s is not null; s = s.Parent)
        {
            if (s._names is not null && s._names.TryGetValue(name, out var v)) return v;
        }
        return null;
    }
}

/// <summary>First pass: scopes by node index, declarations, captures. Runs over the flat table, so depth does not matter.</summary>
internal sealed class Scopes
{
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _pool =
        new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<int, Scope> _byNode = [];

    public Scopes(SyntaxTree tree)
    {
        var current = new Scope(null, 0, tree.Count);
        _byNode[0] = current;
        var opened = new List<(int Node, Scope Scope)>();
        for (var i = 1; i < tree.Count; i++)
        {
            var n = tree[i];
            while (i >= current.End) current = current.Parent!;
            if (!n.IsNamed || n.SubtreeSize == 1) continue;
            Declare(n, current);
            if (!Opens(n.Kind)) continue;
            current = new Scope(current, IsFunction(n.Kind) ? i : current.Function, i + n.SubtreeSize);
            _byNode[i] = current;
            opened.Add((i, current));
            DeclareInside(n, current);
        }
        current = _byNode[0];
        var next = 0;
        for (var i = 1; i < tree.Count; i++)
        {
            while (i >= current.End) current = current.Parent!;
            if (next < opened.Count && opened[next].Node == i) current = opened[next++].Scope;
            var n = tree[i];
            // Names have no children.
            if (!n.IsNamed || n.SubtreeSize > 1 || n.Kind is not ("identifier" or "shorthand_property_identifier" or "shorthand_property_identifier_pattern")) continue;
            var v = current.Find(Name(n));
            if (v is not null && v.Function != current.Function) v.Captured = true;
        }
    }

    public Scope? Of(SyntaxNode node) => _byNode.GetValueOrDefault(node.Index);

    public string Name(SyntaxNode node)
    {
        var span = node.TextSpan;
        if (_pool.TryGetValue(span, out var known)) return known;
        var text = span.ToString();
        _pool[span] = text;
        return text;
    }

    public static bool IsFunction(string kind) => kind is "function_declaration" or "function_expression" or "function" or "arrow_function"
        or "generator_function" or "generator_function_declaration" or "method_definition" or "class_static_block"
        or "field_definition" or "public_field_definition";

    private static bool Opens(string kind) => IsFunction(kind) || kind is "statement_block" or "for_statement" or "for_in_statement"
        or "switch_body" or "catch_clause" or "class" or "class_declaration" or "abstract_class_declaration";

    private void Declare(SyntaxNode n, Scope scope)
    {
        switch (n.Kind)
        {
            case "variable_declarator":
                Pattern(n.Field("name"), n.Parent.Kind == "variable_declaration" ? FunctionScope(scope) : scope);
                break;
            case "function_declaration" or "generator_function_declaration" or "class_declaration" or "abstract_class_declaration"
                or "enum_declaration" or "internal_module" or "module":
                if (n.Field("name").Kind is "identifier" or "type_identifier") scope.Declare(Name(n.Field("name")));
                break;
            case "import_specifier":
                var local = n.Field("alias");
                scope.Declare(Name(local.HasValue ? local : n.Field("name")));
                break;
            case "import_clause" or "namespace_import" or "import_alias" or "import_require_clause":
                foreach (var c in n.NamedChildren)
                {
                    if (c.Kind != "identifier") continue;
                    scope.Declare(Name(c));
                    break;
                }
                break;
        }
    }

    private void DeclareInside(SyntaxNode n, Scope scope)
    {
        switch (n.Kind)
        {
            case "for_in_statement":
                var kind = n.Field("kind");
                if (kind.HasValue) Pattern(n.Field("left"), kind.TextSpan is "var" ? FunctionScope(scope) : scope);
                break;
            case "catch_clause":
                Pattern(n.Field("parameter"), scope);
                break;
            case "field_definition" or "public_field_definition" or "statement_block" or "for_statement" or "switch_body" or "class_static_block":
                break;
            default:
                if (n.Field("parameter").HasValue) Pattern(n.Field("parameter"), scope);
                foreach (var p in n.Field("parameters").NamedChildren)
                {
                    Pattern(p.Kind is "required_parameter" or "optional_parameter" ? p.Field("pattern") : p, scope);
                }
                if (n.Kind is "function_expression" or "function" or "generator_function" or "class" && n.Field("name").HasValue)
                {
                    scope.Declare(Name(n.Field("name")));
                }
                break;
        }
    }

    private static Scope FunctionScope(Scope scope)
    {
        while (scope.Parent is { } p && p.Function == scope.Function) scope = p;
        return scope;
    }

    private void Pattern(SyntaxNode n, Scope scope)
    {
        if (!n.HasValue) return;
        for (int i = n.Index, end = n.Index + n.SubtreeSize; i < end;)
        {
            var c = n.Tree[i];
            if (c.Kind is "identifier" or "shorthand_property_identifier_pattern") scope.Declare(Name(c));
            var skip = i > n.Index && (c.FieldName == "right" || c.Kind is "computed_property_name" or "type_annotation");
            i += skip ? c.SubtreeSize : 1;
        }
    }
}
