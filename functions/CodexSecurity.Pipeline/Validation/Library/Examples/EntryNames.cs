using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Pipeline.Validation.Library.Examples;

/// <summary>By what names a caller knows an entry point: the package or a path to its module, and the properties that lead to the function.</summary>
internal sealed class EntryNames
{
    private readonly string _package = "", _stem;
    private readonly string? _function, _constructor;
    private readonly bool _constructed, _isModule;

    public EntryNames(EntryPoint entry, SourceFile? packageManifest)
    {
        _stem = Stem(entry.ModulePath);
        if (packageManifest is not null) _package = NameIn(packageManifest.Text);
        var steps = entry.Access.ToList();
        int made = steps.FindLastIndex(s => s.Kind is AccessKind.New or AccessKind.Call);
        _constructed = made >= 0;
        _constructor = Property(steps.Take(made + 1));
        _function = Property(steps.Skip(made + 1));
        // The exports themselves are called, or what a factory gave is.
        _isModule = !_constructed && _function is null;
    }

    /// <summary>The names in one file.</summary>
    public Scope In(ExampleText text) => new(this, text);

    private static string? Property(IEnumerable<AccessSegment> steps) =>
        steps.LastOrDefault(s => s.Kind == AccessKind.Property && s.Name is not ("default" or "prototype" or "exports")) is { } step ? step.Name : null;

    private static string NameIn(string manifest)
    {
        try
        {
            using var json = JsonDocument.Parse(manifest);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return ""; // a broken manifest names nothing
        }
    }

    private static string Stem(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.Contains('.') ? name[..name.IndexOf('.')] : name;
    }

    // The package by its name, or by a relative path: to the module itself or to a folder above.
    private bool IsOwn(string source) =>
        source.Length > 0 && (source == _package || source.StartsWith('.') && (source.Trim('.', '/').Length == 0 || Stem(source.TrimEnd('/')) is var stem && (stem == _stem || stem is "index" or "lib" or "src" or "main" || stem == _package)));

    /// <summary>What one file calls the module and its members.</summary>
    public sealed class Scope
    {
        private readonly EntryNames _names;
        private readonly HashSet<string> _module = new(StringComparer.Ordinal), _function = new(StringComparer.Ordinal), _constructor = new(StringComparer.Ordinal);

        public Scope(EntryNames names, ExampleText text)
        {
            _names = names;
            foreach (var node in text.Declarations)
            {
                if (node.Kind == "variable_declarator") Bind(node.Field("name"), node.Field("value"));
                else if (names.IsOwn(JavaScriptLiterals.StringValue(node.Field("source")))) Import(node);
            }
        }

        /// <summary>Whether a call is one of the function.</summary>
        public bool IsCall(SyntaxNode call)
        {
            var callee = call.Field("function") is { HasValue: true } function ? function : call.Field("constructor");
            if (callee.Kind == "member_expression") return callee.Field("property").Text == _names._function;
            return callee.Kind == "identifier" ? _names._isModule && _module.Contains(callee.Text) || _function.Contains(callee.Text) : _names._isModule && IsRequire(callee);
        }

        /// <summary>Whether a call makes the object that the function belongs to.</summary>
        public bool IsConstruction(SyntaxNode call)
        {
            if (!_names._constructed) return false;
            var callee = call.Field("function") is { HasValue: true } function ? function : call.Field("constructor");
            if (callee.Kind == "member_expression") return _names._constructor is { } name && callee.Field("property").Text == name;
            return callee.Kind == "identifier" && (_constructor.Contains(callee.Text) || _names._constructor is null && _module.Contains(callee.Text));
        }

        private void Bind(SyntaxNode name, SyntaxNode value)
        {
            if (value.Kind == "member_expression" && IsRequire(value.Field("object")) && name.Kind == "identifier") Add(value.Field("property").Text, name.Text);
            if (!IsRequire(value)) return;
            if (name.Kind == "identifier") _module.Add(name.Text);
            if (name.Kind != "object_pattern") return;
            foreach (var part in name.NamedChildren)
            {
                if (part.Kind == "shorthand_property_identifier_pattern") Add(part.Text, part.Text);
                else if (part.Kind == "pair_pattern") Add(part.Field("key").Text, part.Field("value").Text);
            }
        }

        private void Import(SyntaxNode statement)
        {
            for (int i = statement.Index; i < statement.Index + statement.SubtreeSize; i++)
            {
                var node = statement.Tree[i];
                if (node.Kind == "import_specifier") Add(node.Field("name").Text, node.Field("alias") is { HasValue: true } alias ? alias.Text : node.Field("name").Text);
                else if (node.Kind == "identifier" && node.Parent.Kind is "import_clause" or "namespace_import") _module.Add(node.Text);
            }
        }

        private void Add(string member, string local)
        {
            if (member == _names._function) _function.Add(local);
            if (member == _names._constructor) _constructor.Add(local);
        }

        private bool IsRequire(SyntaxNode node) =>
            node.Kind == "call_expression" && node.Field("function").Text == "require" && node.Field("arguments").NamedChild(0) is { Kind: "string" } source && _names.IsOwn(JavaScriptLiterals.StringValue(source));
    }
}
