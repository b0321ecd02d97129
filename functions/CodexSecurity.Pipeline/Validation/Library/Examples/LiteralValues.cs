using System.Globalization;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Validation.Library.Examples;

/// <summary>Values that a file writes out: literals, objects and lists of them, and variables that were given one.</summary>
internal sealed class LiteralValues
{
    private const int MaxDepth = 6, MaxText = 4000, MaxItems = 40;
    private readonly Dictionary<string, SyntaxNode> _variables = new(StringComparer.Ordinal);

    public LiteralValues(ExampleText text)
    {
        foreach (var node in text.Declarations)
        {
            if (node.Kind == "variable_declarator" && node.Field("name") is { Kind: "identifier" } name && node.Field("value") is { HasValue: true } value) _variables.TryAdd(name.Text, value);
        }
    }

    /// <summary>The value, or null where it is not written out.</summary>
    public JsValue? Of(SyntaxNode node) => Of(node, 0);

    private JsValue? Of(SyntaxNode node, int depth)
    {
        if (depth > MaxDepth) return null;
        switch (node.Kind)
        {
            case "string": return JavaScriptLiterals.StringValue(node) is { Length: <= MaxText } text ? JsValue.String(text) : null;
            case "template_string": return Template(node);
            case "number": return double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? JsValue.Number(node.Text) : null;
            case "true": return JsValue.True;
            case "false": return JsValue.False;
            case "null": return JsValue.Null;
            case "undefined": return JsValue.Undefined;
            case "regex": return node.Field("pattern").Text is { Length: < MaxText } pattern ? new JsValue("regexp", pattern) : null;
            case "arrow_function" or "function_expression" or "function" or "generator_function": return JsValue.Function;
            case "parenthesized_expression": return Of(node.NamedChild(0), depth + 1);
            case "binary_expression" when node.Field("operator").Text == "+":
                return Of(node.Field("left"), depth + 1) is { Kind: "string", Text: { } left } && Of(node.Field("right"), depth + 1) is { Kind: "string", Text: { } right } && left.Length + right.Length <= MaxText
                    ? JsValue.String(left + right) : null;
            case "identifier" or "shorthand_property_identifier": return _variables.TryGetValue(node.Text, out var value) ? Of(value, depth + 1) : null;
            case "array": return JsValue.Array([.. node.NamedChildren.ToList().Where(c => !c.IsExtra && c.Kind != "spread_element").Take(MaxItems).Select(c => Of(c, depth + 1) ?? JsValue.Any)]);
            case "object": return Object(node, depth);
            default: return null;
        }
    }

    private static JsValue? Template(SyntaxNode node)
    {
        var text = node.Text;
        return node.Children.ToList().Any(c => c.Kind == "template_substitution") || text.Length is < 2 or > MaxText ? null : JsValue.String(JavaScriptLiterals.Unescape(text.AsSpan(1, text.Length - 2)));
    }

    private JsValue Object(SyntaxNode node, int depth)
    {
        var properties = new List<JsProperty>();
        foreach (var child in node.NamedChildren)
        {
            if (properties.Count == MaxItems) break;
            if (child.Kind == "method_definition") properties.Add(new JsProperty(Name(child.Field("name")), JsValue.Function));
            if (child.Kind == "pair" && child.Field("key") is { Kind: not "computed_property_name" } key && Of(child.Field("value"), depth + 1) is { } value) properties.Add(new JsProperty(Name(key), value));
            if (child.Kind == "shorthand_property_identifier" && Of(child, depth + 1) is { } named) properties.Add(new JsProperty(child.Text, named));
        }

        return JsValue.Object([.. properties.DistinctBy(p => p.Key)]);
    }

    private static string Name(SyntaxNode key) => key.Kind == "string" ? JavaScriptLiterals.StringValue(key) : key.Text;
}
