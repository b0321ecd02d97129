using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>
/// Takes a string expression apart: concatenations, templates, util.format, joined arrays, <c>+=</c>, local variables and local functions that build
/// the text. What it can't see through is one hole. Bounded by depth.
/// </summary>
internal sealed class TextBuilder(JsFile file)
{
    private const int MaxDepth = 24;
    private static readonly string[] Formats = ["format", "printf", "sprintf"];
    private readonly HashSet<int> _open = [];

    /// <summary>The pieces of an expression.</summary>
    public List<TextPiece> Take(SyntaxNode expression) => Flatten(expression, 0);

    private List<TextPiece> Flatten(SyntaxNode n, int depth)
    {
        n = Strip(n);
        if (depth > MaxDepth) return [Hole(n)];
        switch (n.Kind)
        {
            case "string" or "template_string": return Literal(n, depth);
            case "binary_expression" when Js.IsConcatenation(n): return Concatenation(n, depth);
            case "identifier": return Name(n, depth);
            case "ternary_expression": return Choice(n, [n.Field("consequence"), n.Field("alternative")], depth);
            case "binary_expression" when Js.Operator(n) == "&&": return Choice(n, [n.Field("right")], depth);
            case "call_expression": return Call(n, depth);
            case "member_expression": return Member(n, depth);
        }
        return Fixedness.IsFixed(file, n) ? [Fixed(n, null)] : [Hole(n)];
    }

    private static SyntaxNode Strip(SyntaxNode n)
    {
        while (n.Kind is "parenthesized_expression" or "as_expression" or "non_null_expression" or "await_expression") n = Js.FirstNamed(n);
        return n;
    }

    private TextPiece Hole(SyntaxNode n) => new(PieceKind.Hole, file, n, null);

    private TextPiece Fixed(SyntaxNode n, string? text) => new(PieceKind.Fixed, file, n, text);

    private List<TextPiece> Literal(SyntaxNode n, int depth)
    {
        if (n.Kind == "template_string" && n.Parent.Kind == "call_expression" && n.FieldName == "arguments") return [Hole(n)]; // a tag decides what it means
        var units = LiteralUnit.Read(n);
        if (units is null) return [Fixed(n, null)];
        var pieces = new List<TextPiece>();
        var run = new List<LiteralUnit>();
        foreach (var unit in units)
        {
            if (!unit.Hole.HasValue) { run.Add(unit); continue; }
            End();
            pieces.AddRange(Flatten(unit.Hole, depth + 1));
        }
        End();
        return pieces;

        void End()
        {
            if (run.Count > 0) pieces.Add(new TextPiece(PieceKind.Literal, file, n, string.Concat(run.Select(u => u.Value)), [.. run]));
            run.Clear();
        }
    }

    private List<TextPiece> Concatenation(SyntaxNode n, int depth)
    {
        var operands = new Stack<SyntaxNode>();
        for (; Js.IsConcatenation(n); n = Strip(n.Field("left"))) operands.Push(n.Field("right"));
        var pieces = Flatten(n, depth + 1);
        while (operands.TryPop(out var right)) pieces.AddRange(Flatten(right, depth + 1));
        return pieces;
    }

    private List<TextPiece> Choice(SyntaxNode n, SyntaxNode[] branches, int depth)
    {
        var texts = branches.Select(b => (IReadOnlyList<TextPiece>)Flatten(b, depth + 1)).ToList();
        if (texts.All(t => t.All(p => !p.IsDynamic))) return [Fixed(n, null)];
        // A branch that is one bare value is quoted as a whole; texts are looked into.
        return [new TextPiece(PieceKind.Choice, file, n, null, Branches: texts)];
    }

    // Local variable: what it was given, and what was appended to it, in the order of the source.
    private List<TextPiece> Name(SyntaxNode n, int depth)
    {
        if (Fixedness.IsFixed(file, n)) return [Fixed(n, Fixedness.Text(file, n))];
        if (file.Names.Resolve(n) is not { } binding || binding.Kind is not ("var" or "let" or "const") || !_open.Add(binding.Node.Index)) return [Hole(n)];
        try
        {
            var values = file.Names.Values(binding.Name, n);
            var appended = file.Names.Assignments(binding.Name, n).Where(a => a.Kind == "augmented_assignment_expression" && Js.Operator(a) == "+=").ToList();
            if (values.Count == 0 || binding.Scope != ScopeOf(n)) return [Hole(n)];
            // cmd = cmd + ' -x': an appended part as well.
            var parts = new List<(int At, SyntaxNode Node)>();
            foreach (var v in values) if (!IsReworked(v, binding.Name)) parts.Add((v.Start, v));
            foreach (var a in appended) parts.Add((a.Start, a.Field("right")));
            if (values.Count > 1 && !values.Skip(1).All(v => StartsWithName(v, binding.Name)))
            {
                if (appended.Count > 0) return [Hole(n)];
                var texts = values.Select(v => (IReadOnlyList<TextPiece>)Flatten(v, depth + 1)).ToList();
                return texts.All(t => t.Count == 1 && t[0].Kind == PieceKind.Hole) ? [Hole(n)] : [new TextPiece(PieceKind.Choice, file, n, null, Branches: texts)];
            }
            var pieces = new List<TextPiece>();
            foreach (var part in parts.Where(p => p.At < n.Start || values.Count == 1).OrderBy(p => p.At))
                pieces.AddRange(Flatten(part.Node, depth + 1).Where(p => !(p.Node.Kind == "identifier" && p.Node.Text == binding.Name)));
            return pieces.Count == 1 && pieces[0].Kind == PieceKind.Hole ? [Hole(n)] : pieces;
        }
        finally { _open.Remove(binding.Node.Index); }
    }

    private bool StartsWithName(SyntaxNode n, string name)
    {
        n = Strip(n);
        while (Js.IsConcatenation(n)) n = Strip(n.Field("left"));
        if (n.Kind == "template_string" && LiteralUnit.Read(n) is [{ Hole: { HasValue: true } first }, ..]) n = Strip(first);
        return n.Kind == "identifier" && n.Text == name || IsReworked(n, name);
    }

    // cmd = cmd.replace(/"/g, MARK): the text that it was, with something fixed done to it.
    private bool IsReworked(SyntaxNode n, string name)
    {
        n = Strip(n);
        return n.Kind == "call_expression" && Strip(n.Field("function")) is { Kind: "member_expression" } method && Strip(method.Field("object")) is { Kind: "identifier" } text && text.Text == name
            && method.Field("property").Text is "replace" or "replaceAll" or "trim" or "trimStart" or "trimEnd" && Js.Arguments(n).All(a => Fixedness.IsFixed(file, a) || IsOfModule(a));
    }

    // A constant that another module gives is none that a caller chooses.
    private bool IsOfModule(SyntaxNode n) => n.Kind == "identifier" && file.Names.Resolve(n) is { Kind: "const" or "import" } b && b.Scope.Kind == "program";

    // A variable of an outer function may have changed by the time it is used; module constants don't.
    private SyntaxNode ScopeOf(SyntaxNode n) => file.Names.Resolve(n)!.Scope;

    private List<TextPiece> Call(SyntaxNode n, int depth)
    {
        if (Fixedness.IsFixed(file, n)) return [Fixed(n, null)];
        var callee = Strip(n.Field("function"));
        var (name, arguments) = (Js.LastName(callee), Js.Arguments(n));
        if (Formats.Contains(name) && arguments.Count > 1 && arguments[0].Kind is "string" or "template_string") return Format(n, arguments, depth);
        if (name == "join" && callee.Kind == "member_expression" && arguments.Count == 1 && Js.StringValue(arguments[0]) is { } separator) return Join(n, callee.Field("object"), separator, depth);
        if (name == "concat" && callee.Kind == "member_expression" && Strip(callee.Field("object")).Kind is "string" or "template_string")
            return [.. Flatten(callee.Field("object"), depth + 1), .. arguments.SelectMany(a => Flatten(a, depth + 1))];
        if (name is "trim" or "toString" && callee.Kind == "member_expression" && Flatten(callee.Field("object"), depth + 1) is { Count: > 1 } inner) return inner;
        if (Callables.Find(file, callee) is { HasValue: true } function && Returned(function) is { HasValue: true } value && _open.Add(function.Index))
        {
            try
            {
                var pieces = Flatten(value, depth + 1);
                if (pieces.Count > 1 || pieces is [{ Kind: PieceKind.Choice }]) return pieces;
            }
            finally { _open.Remove(function.Index); }
        }
        return [Hole(n)];
    }

    /// <summary>What a function gives back where there is only one such place; no node elsewhere.</summary>
    public static SyntaxNode Returned(SyntaxNode function)
    {
        var body = function.Field("body");
        if (body.Kind != "statement_block") return body;
        var returns = Js.Own(function).Where(x => x.Kind == "return_statement" && Js.FirstNamed(x).HasValue).ToList();
        return returns.Count == 1 ? Js.FirstNamed(returns[0]) : default;
    }

    private List<TextPiece> Format(SyntaxNode call, List<SyntaxNode> arguments, int depth)
    {
        var units = LiteralUnit.Read(arguments[0]);
        if (units is null || units.Any(u => u.Hole.HasValue)) return [Hole(call)];
        var pieces = new List<TextPiece>();
        var run = new List<LiteralUnit>();
        var next = 1;
        for (var i = 0; i < units.Count; i++)
        {
            if (units[i].Value != "%" || i + 1 >= units.Count || units[i + 1].Value is not ("s" or "d" or "i" or "j" or "%")) { run.Add(units[i]); continue; }
            var letter = units[++i].Value;
            if (letter == "%") { run.Add(units[i]); continue; }
            End();
            if (next >= arguments.Count) return [Hole(call)];
            var place = (arguments[0], units[i - 1].Start, units[i].End);
            var argument = arguments[next++];
            var inner = letter == "s" ? Flatten(argument, depth + 1) : [];
            if (letter != "s" || inner.All(p => !p.IsDynamic)) pieces.Add(Fixed(argument, inner is [{ Text: { } known }] ? known : null));
            // Several pieces keep their own places; a single one is known by its placeholder too.
            else if (inner.Count == 1) pieces.Add(inner[0] with { Placeholder = place });
            else pieces.AddRange(inner);
        }
        End();
        for (; next < arguments.Count; next++) pieces.Add(Hole(arguments[next]));
        return pieces;

        void End()
        {
            if (run.Count > 0) pieces.Add(new TextPiece(PieceKind.Literal, file, arguments[0], string.Concat(run.Select(u => u.Value)), [.. run]));
            run.Clear();
        }
    }

    private List<TextPiece> Join(SyntaxNode call, SyntaxNode list, string separator, int depth)
    {
        // The words of one text, joined again: still that text.
        if (SplitText(list) is { HasValue: true } whole) return Flatten(whole, depth + 1);
        if (separator.Trim(' ').Length > 0) return [Hole(call)];
        var elements = Elements(Strip(list));
        if (elements is null) return [new TextPiece(PieceKind.Joined, file, list, separator)];
        var pieces = new List<TextPiece>();
        foreach (var element in elements)
        {
            if (pieces.Count > 0 && separator.Length > 0) pieces.Add(Fixed(call, separator));
            if (element.Kind == "spread_element") pieces.Add(new TextPiece(PieceKind.Joined, file, Js.FirstNamed(element), separator));
            else if (element.Parent.Kind == "arguments" && element.Parent.Parent.Field("function").Text.EndsWith(".concat", StringComparison.Ordinal))
                pieces.Add(new TextPiece(PieceKind.Joined, file, element, separator));
            else pieces.AddRange(Flatten(element, depth + 1));
        }
        return pieces;
    }

    private SyntaxNode SplitText(SyntaxNode list)
    {
        for (var i = 0; i < 6; i++)
        {
            list = Strip(list);
            if (list.Kind == "identifier" && file.Names.Values(list.Text, list) is [var only]) list = Strip(only);
            if (list.Kind != "call_expression" || Strip(list.Field("function")) is not { Kind: "member_expression" } method) return default;
            if (method.Field("property").Text == "split") return method.Field("object");
            if (method.Field("property").Text is not ("map" or "filter" or "slice" or "reverse" or "concat")) return default;
            list = method.Field("object");
        }
        return default;
    }

    // The elements of an array literal, or of a local array with what is pushed to it.
    private List<SyntaxNode>? Elements(SyntaxNode list)
    {
        if (list.Kind == "call_expression" && Js.LastName(list.Field("function")) == "concat" && Strip(list.Field("function").Field("object")) is { Kind: "array" } head)
            return [.. head.NamedChildren.ToList().Where(c => !c.IsExtra), .. Js.Arguments(list)];
        if (list.Kind == "array") return [.. list.NamedChildren.ToList().Where(c => !c.IsExtra)];
        if (list.Kind != "identifier" || file.Names.Resolve(list) is not { Kind: "var" or "let" or "const" } binding || binding.Value.Kind != "array") return null;
        var elements = binding.Value.NamedChildren.ToList().Where(c => !c.IsExtra).ToList();
        foreach (var use in file.Names.Uses(binding))
        {
            if (use == list) continue;
            if (use.Parent is { Kind: "member_expression" } member && member.Parent is { Kind: "call_expression" } call && call.Field("function") == member)
            {
                var method = member.Field("property").Text;
                if (method == "push") elements.AddRange(Js.Arguments(call));
                else if (method is not ("join" or "indexOf" or "slice")) return null;
            }
            else if (use.Parent.Kind != "arguments" && !(use.Parent.Kind == "member_expression" && use.Parent.Field("property").Text == "length")) return null;
        }
        return elements;
    }

    private List<TextPiece> Member(SyntaxNode n, int depth)
    {
        if (Fixedness.IsFixed(file, n)) return [Fixed(n, null)];
        if (n.Field("object").Kind == "this")
        {
            var values = file.All().Where(x => x.Kind == "assignment_expression" && x.Field("left").Kind == "member_expression" && x.Field("left").Text == n.Text).ToList();
            if (values.Count == 1 && _open.Add(values[0].Index))
            {
                try
                {
                    var pieces = Flatten(values[0].Field("right"), depth + 1);
                    if (pieces.Count > 1) return pieces;
                }
                finally { _open.Remove(values[0].Index); }
            }
        }
        return [Hole(n)];
    }
}
