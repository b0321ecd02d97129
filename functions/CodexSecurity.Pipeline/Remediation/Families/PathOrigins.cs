using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>The place where a folder and a name from outside become one path.</summary>
/// <param name="File">Its file.</param>
/// <param name="Node">The expression that gives the path.</param>
/// <param name="Root">Source text of the folder.</param>
/// <param name="Variable">The name that gets the path; null where it is used in place.</param>
/// <param name="Place">The declarator or assignment; no node where it is used in place.</param>
/// <param name="User">Expressions of the name from outside, in order.</param>
/// <param name="Call">The call of join or resolve; no node for a concatenation.</param>
internal sealed record PathOrigin(JsFile File, SyntaxNode Node, string Root, Binding? Variable, SyntaxNode Place, IReadOnlyList<SyntaxNode> User, SyntaxNode Call);

/// <summary>Follows a path back to where it was put together, inside one file: variables, parameters with their callers, callbacks, return values.</summary>
internal sealed class PathOrigins(JsFile file)
{
    private const int MaxDepth = 10;
    private static readonly Regex s_request = new(@"(?i)\b(req|request|ctx|context|incoming|url|uri|pathname|query|params|body|href|headers)\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    private readonly HashSet<int> _seen = [];
    private readonly List<PathOrigin> _found = [];

    /// <summary>Origins of a path expression, in the order of the search.</summary>
    public IReadOnlyList<PathOrigin> Of(SyntaxNode expression)
    {
        Follow(expression, null, default, 0);
        // A bare name matters only where no folder is ever put before it.
        var joined = _found.Any(o => !IsBare(o));
        return [.. _found.Where(o => !joined || !IsBare(o)).DistinctBy(o => o.Node.Index)];

        static bool IsBare(PathOrigin o) => !o.Call.HasValue && o.Root == "process.cwd()" && o.User is [var only] && Js.Contains(o.Node, only);
    }

    /// <summary>Whether an expression reads a request, directly or by way of a local name.</summary>
    public bool IsUser(SyntaxNode n, int depth = 0)
    {
        n = Js.Unwrap(n);
        if (depth > 5) return false;
        if (n.Kind == "identifier") return IsRequestName(n.Text) || file.Names.Values(n.Text, n).Any(v => IsUser(v, depth + 1));
        return Js.Within(n).Any(x => x.Kind is "identifier" or "property_identifier" && (IsRequestName(x.Text) || (x.Kind == "identifier" && x != n && file.Names.Values(x.Text, x).Any(v => v.SubtreeSize < 200 && !Js.Contains(v, x) && IsUser(v, depth + 1)))));
    }

    private static bool IsRequestName(string name) => s_request.IsMatch(name);

    private void Follow(SyntaxNode n, Binding? variable, SyntaxNode place, int depth)
    {
        n = Js.Unwrap(n);
        if (depth > MaxDepth || !n.HasValue || !_seen.Add(n.Index)) return;
        switch (n.Kind)
        {
            case "identifier": Name(n, depth); break;
            case "call_expression": Call(n, variable, place, depth); break;
            case "binary_expression" when Js.IsConcatenation(n): Text(n, variable, place, depth); break;
            case "template_string": Text(n, variable, place, depth); break;
            case "binary_expression" when Js.Operator(n) is "||" or "??" or "&&":
                if (Js.Operator(n) != "&&") Follow(n.Field("left"), variable, place, depth + 1);
                Follow(n.Field("right"), variable, place, depth + 1);
                break;
            case "ternary_expression":
                Follow(n.Field("consequence"), variable, place, depth + 1);
                Follow(n.Field("alternative"), variable, place, depth + 1);
                break;
            case "member_expression":
                foreach (var a in file.All().Where(x => x.Kind == "assignment_expression" && x.Field("left").Kind == "member_expression" && x.Field("left").Text == n.Text)) Follow(a.Field("right"), null, a, depth + 1);
                if (_found.Count == 0 && IsUser(n)) Bare(n, variable, place);
                break;
            case "assignment_expression": Follow(n.Field("right"), null, n, depth + 1); break;
            default:
                if (IsUser(n)) Bare(n, variable, place);
                break;
        }
    }

    private void Bare(SyntaxNode n, Binding? variable, SyntaxNode place) => _found.Add(new PathOrigin(file, n, "process.cwd()", variable, place, [n], default));

    private void Name(SyntaxNode n, int depth)
    {
        var binding = file.Names.Resolve(n);
        if (binding is { Kind: "param" })
        {
            var assigned = file.Names.Assignments(n.Text, n).Where(a => a.Kind == "assignment_expression").ToList();
            foreach (var a in assigned) Follow(a.Field("right"), binding, a, depth + 1);
            if (_found.Count == 0) Parameter(binding, depth);
            return;
        }
        if (binding is not null && binding.Value.HasValue) Follow(binding.Value, binding, binding.Holder, depth + 1);
        foreach (var a in file.Names.Assignments(n.Text, n)) if (a.Kind == "assignment_expression") Follow(a.Field("right"), binding, a, depth + 1);
    }

    private void Parameter(Binding parameter, int depth)
    {
        var position = Callables.ParameterIndex(parameter.Scope, parameter.Name);
        if (position < 0) return;
        foreach (var call in Callables.Calls(file, parameter.Scope))
        {
            var passed = Js.Arguments(call);
            if (position < passed.Count) Follow(passed[position], null, default, depth + 1);
        }
        // check(path, function (err, path) { … }): a callback's parameter is taken for the other argument.
        if (_found.Count == 0 && parameter.Scope.Parent.Kind == "arguments")
        {
            foreach (var other in Js.Arguments(parameter.Scope.Parent.Parent)) if (other != parameter.Scope && other.Kind is "identifier" or "call_expression") Follow(other, null, default, depth + 1);
        }
    }

    private void Call(SyntaxNode n, Binding? variable, SyntaxNode place, int depth)
    {
        var callee = Js.Unwrap(n.Field("function"));
        var (name, arguments) = (Js.LastName(callee), Js.Arguments(n));
        if (name is "join" or "resolve" && arguments.Count > 0 && IsPathFunction(callee)) { Join(n, arguments, variable, place, depth); return; }
        if (callee.Kind == "member_expression" && name is "replace" or "trim" or "toString" or "concat" or "slice" or "substring" or "substr" or "toLowerCase" or "split")
        {
            var before = _found.Count;
            Follow(callee.Field("object"), variable, place, depth + 1);
            if (_found.Count == before && IsUser(n)) Bare(n, variable, place);
            else Widen(before, n);
            return;
        }
        if (name is "normalize" or "decodeURI" or "decodeURIComponent" or "unescape" or "String" or "format" or "realpathSync" or "decode")
        {
            var before = _found.Count;
            if (arguments.Count > 0) Follow(arguments[0], variable, place, depth + 1);
            if (_found.Count == before && IsUser(n)) Bare(n, variable, place);
            else Widen(before, n);
            return;
        }
        if (Callables.Find(file, callee) is { HasValue: true } function)
        {
            foreach (var r in Js.Own(function).Where(x => x.Kind == "return_statement")) Follow(Js.FirstNamed(r), null, default, depth + 1);
            if (function.Field("body").Kind != "statement_block") Follow(function.Field("body"), null, default, depth + 1);
        }
        if (_found.Count == 0 && IsUser(n)) Bare(n, variable, place);
    }

    // A path that is worked on further: the check has to look at the outcome.
    private void Widen(int from, SyntaxNode n)
    {
        for (var i = from; i < _found.Count; i++) if (Js.Contains(n, _found[i].Node)) _found[i] = _found[i] with { Node = n };
    }

    private bool IsPathFunction(SyntaxNode callee)
    {
        if (callee.Kind == "member_expression") return callee.Field("object").Kind == "identifier" || callee.Text.Contains("require", StringComparison.Ordinal);
        return callee.Kind == "identifier" && file.Names.Resolve(callee) is { } b && (b.Holder.Text.Contains("path", StringComparison.OrdinalIgnoreCase) || b.Kind == "import");
    }

    private void Join(SyntaxNode n, List<SyntaxNode> arguments, Binding? variable, SyntaxNode place, int depth)
    {
        // join(known, 'index.html') only adds to a path that was made before.
        if (arguments.Skip(1).All(a => Fixedness.IsFixed(file, a)))
        {
            var before = _found.Count;
            Follow(arguments[0], variable, place, depth + 1);
            if (_found.Count > before) { Widen(before, n); return; }
            if (IsUser(arguments[0])) _found.Add(new PathOrigin(file, n, "process.cwd()", variable, place, [arguments[0]], n));
            return;
        }
        var first = arguments.FindIndex(1, a => !Fixedness.IsFixed(file, a));
        if (arguments.Count > 2 && first > 0 && first < arguments.Count - 1 && !IsUser(arguments[first]) && arguments.FindIndex(first + 1, a => IsUser(a)) is > 0 and var later) first = later;
        if (IsUser(arguments[0]) && !Fixedness.IsFixed(file, arguments[0]) && !IsUser(arguments[^1])) return;
        var callee = Js.Unwrap(n.Field("function"));
        var root = first == 1 ? arguments[0].Text : $"{callee.Text}({string.Join(", ", arguments.Take(first).Select(a => a.Text))})";
        _found.Add(new PathOrigin(file, n, root, variable, place, [.. arguments.Skip(first)], n));
    }

    private void Text(SyntaxNode n, Binding? variable, SyntaxNode place, int depth)
    {
        var pieces = Operands(n);
        var user = pieces.FindIndex(p => p.Node.HasValue && !Fixedness.IsFixed(file, p.Node) && IsUser(p.Node));
        if (user < 0) user = pieces.FindLastIndex(p => p.Node.HasValue && !Fixedness.IsFixed(file, p.Node));
        if (user < 0) return;
        var before = _found.Count;
        // 'folder + "/" + name' where the folder itself came from outside, or a path with an ending added.
        if (pieces[0].Node.HasValue && pieces[0].Node.Kind is "identifier" or "call_expression" && !Fixedness.IsFixed(file, pieces[0].Node)) Follow(pieces[0].Node, null, default, depth + 1);
        if (_found.Count > before && user == 0) return;
        if (user == 0) { _found.Add(new PathOrigin(file, n, "process.cwd()", variable, place, [pieces[0].Node], default)); return; }
        _found.RemoveRange(before, _found.Count - before);
        var root = string.Join(" + ", pieces.Take(user).Select(p => p.Node.HasValue ? p.Node.Text : file.Style.Literal(p.Text!)));
        if (user == 1 && pieces[0].Text is "" or "/") root = pieces[0].Text == "/" ? file.Style.Literal("/") : "process.cwd()";
        _found.Add(new PathOrigin(file, n, root, variable, place, [pieces[user].Node], default));
    }

    private static List<(string? Text, SyntaxNode Node)> Operands(SyntaxNode n)
    {
        var list = new List<(string? Text, SyntaxNode Node)>();
        if (n.Kind == "template_string")
        {
            foreach (var unit in LiteralUnit.Read(n) ?? [])
            {
                if (unit.Hole.HasValue) list.Add((null, unit.Hole));
                else if (list.Count > 0 && list[^1].Text is not null) list[^1] = (list[^1].Text + unit.Value, default);
                else list.Add((unit.Value, default));
            }
            return list;
        }
        for (; Js.IsConcatenation(n); n = Js.Unwrap(n.Field("left"))) list.Insert(0, Of(n.Field("right")));
        list.Insert(0, Of(n));
        return list;

        static (string?, SyntaxNode) Of(SyntaxNode x) => Js.StringValue(Js.Unwrap(x)) is { } text ? (text, default) : (null, x);
    }
}
