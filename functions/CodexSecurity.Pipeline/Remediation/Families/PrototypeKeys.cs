using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Finds the keys by which a function walks or writes objects, and where each gets its value.</summary>
internal sealed class PrototypeKeys(JsFile file)
{
    private static readonly string[] Iterators = ["forEach", "each", "map", "reduce", "reduceRight", "forOwn", "forIn", "some", "every", "filter", "eachOf", "mapValues"];
    private static readonly string[] Takers = ["shift", "pop", "slice", "splice", "concat", "at"];

    /// <summary>Index expressions of a function that may be property names, distinct by text, in order.</summary>
    public List<SyntaxNode> In(SyntaxNode function) => [.. Js.Own(function)
        .Where(n => n.Kind == "subscript_expression" && n.Field("object").Kind != "array").Select(n => n.Field("index"))
        .Where(k => !IsNumeric(k, 0) && !Fixedness.IsFixed(file, k)).DistinctBy(k => k.Text)];

    /// <summary>An array index or another number.</summary>
    public bool IsNumeric(SyntaxNode n, int depth)
    {
        n = Js.Unwrap(n);
        if (depth > 6) return false;
        switch (n.Kind)
        {
            case "number" or "update_expression": return true;
            case "string": return true; // a literal key
            case "unary_expression": return Js.Operator(n) is "+" or "-" or "~";
            case "binary_expression": return Js.Operator(n) is "-" or "*" or "/" or "%" or "|" or "&" or ">>" || (Js.Operator(n) == "+" && IsNumeric(n.Field("left"), depth + 1) && IsNumeric(n.Field("right"), depth + 1));
            case "member_expression": return n.Field("property").Text == "length";
            case "call_expression": return n.Field("function").Text is "parseInt" or "Number" or "Math.max" or "Math.min" or "Math.floor";
            case "identifier":
                if (file.Names.Resolve(n) is { Kind: "param" } p)
                    return Js.Function(p.Node) is var f && IsIterator(f, out var call) && Callables.ParameterIndex(f, n.Text) is var at && call is "forEach" or "map" or "some" or "every" or "filter" && at == 1 && !file.Text.Contains("_." + call, StringComparison.Ordinal);
                var values = file.Names.Values(n.Text, n);
                return values.Count > 0 && values.All(v => IsNumeric(v, depth + 1) && v.Kind != "string");
            default: return false;
        }
    }

    /// <summary>Whether a function is the callback of an iteration, and of which.</summary>
    public static bool IsIterator(SyntaxNode function, out string method)
    {
        method = "";
        if (!function.HasValue || function.Parent.Kind != "arguments" || function.Parent.Parent.Kind != "call_expression") return false;
        method = Js.LastName(function.Parent.Parent.Field("function"));
        return Iterators.Contains(method);
    }

    /// <summary>The list that an iteration goes over.</summary>
    public static SyntaxNode Iterated(SyntaxNode callback)
    {
        var call = callback.Parent.Parent;
        var callee = Js.Unwrap(call.Field("function"));
        // list.forEach(f), but _.each(list, f) and forOwn(list, f)
        if (Js.Arguments(call)[0] != callback) return Js.Arguments(call)[0];
        return callee.Kind == "member_expression" ? callee.Field("object") : default;
    }

    /// <summary>The array (a name) from which a key is taken; no node where it has another origin.</summary>
    public SyntaxNode ArrayOf(SyntaxNode key) => ArrayOf(key, 0);

    private SyntaxNode ArrayOf(SyntaxNode key, int depth)
    {
        key = Js.Unwrap(key);
        if (depth > 6) return default;
        switch (key.Kind)
        {
            case "subscript_expression": return IsNumeric(key.Field("index"), 0) ? Named(key.Field("object"), depth) : default;
            case "call_expression":
                var callee = Js.Unwrap(key.Field("function"));
                return callee.Kind == "member_expression" && Takers.Contains(callee.Field("property").Text) ? Named(callee.Field("object"), depth) : default;
            case "identifier":
                if (file.Names.Resolve(key) is not { } b) return default;
                if (b.Kind == "loop") return b.Holder.Field("operator").Text == "of" ? Named(b.Holder.Field("right"), depth) : default;
                if (b.Kind == "param") return IsIterator(b.Scope, out var method) && method is "forEach" or "reduce" or "map" or "some" or "every" ? Named(Iterated(b.Scope), depth) : default;
                SyntaxNode found = default;
                foreach (var value in file.Names.Values(key.Text, key))
                {
                    if (value.Kind == "string") continue;
                    var array = ArrayOf(value, depth + 1);
                    if (!array.HasValue || (found.HasValue && found.Text != array.Text)) return default;
                    found = array;
                }
                return found;
            default: return default;
        }
    }

    // A local name of an array: itself, or what it was sliced from.
    private SyntaxNode Named(SyntaxNode n, int depth)
    {
        n = Js.Unwrap(n);
        if (n.Kind == "call_expression") return ArrayOf(n, depth + 1);
        if (n.Kind != "identifier" || file.Names.Resolve(n) is not { Kind: "var" or "let" or "const" or "param" }) return default;
        var values = file.Names.Values(n.Text, n);
        return values is [{ Kind: "call_expression" } only] && ArrayOf(only, depth + 1) is { HasValue: true } outer && outer.Text != n.Text ? outer : n;
    }

    /// <summary>Keys that are strings for sure: names of a for-in loop, of Object.keys, parts of a split text.</summary>
    public bool IsString(SyntaxNode key)
    {
        if (key.Kind != "identifier" || file.Names.Resolve(key) is not { } b) return false;
        if (b.Kind == "loop") return b.Holder.Field("operator").Text == "in" || IsNames(b.Holder.Field("right"));
        if (b.Kind != "param" || !IsIterator(b.Scope, out var method)) return false;
        if (method is "forOwn" or "forIn") return true;
        if (method is "forEach" or "map" or "reduce" or "each") return IsNames(Iterated(b.Scope));
        return false;

        bool IsNames(SyntaxNode n)
        {
            n = Js.Unwrap(n);
            if (n.Kind == "identifier" && file.Names.Values(n.Text, n) is [var only]) n = Js.Unwrap(only);
            return n.Kind == "call_expression" && (n.Field("function").Text is "Object.keys" or "Object.getOwnPropertyNames" or "_.keys" || Js.LastName(n.Field("function")) == "split");
        }
    }
}
