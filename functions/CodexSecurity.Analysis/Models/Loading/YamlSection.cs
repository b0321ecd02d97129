using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>A YAML mapping that is read strictly: every key must be asked for, else <see cref="Done"/> complains with file and line.</summary>
internal sealed class YamlSection
{
    private readonly YamlMappingNode _node;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public YamlSection(string file, YamlNode node)
    {
        File = file;
        _node = node as YamlMappingNode ?? throw new ModelFormatException(file, node.Start.Line, "a mapping is expected");
    }

    public string File { get; }

    public long Line => _node.Start.Line;

    /// <summary>The documents of a file.</summary>
    public static IReadOnlyList<YamlSection> Documents(string file, string text)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StringReader(text);
            stream.Load(reader);
        }
        catch (YamlException problem)
        {
            throw new ModelFormatException(file, problem.Start.Line, problem.InnerException?.Message ?? problem.Message);
        }
        return [.. stream.Documents.Select(d => new YamlSection(file, d.RootNode))];
    }

    public ModelFormatException Error(string message) => new(File, Line, message);

    public bool Has(string key) => _node.Children.ContainsKey(new YamlScalarNode(key));

    private YamlNode? Find(string key)
    {
        _read.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    public string Text(string key) => OptionalText(key) ?? throw Error($"\"{key}\" is missing");

    public string? OptionalText(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { } value } => value,
        var other => throw new ModelFormatException(File, other.Start.Line, $"\"{key}\" must be text"),
    };

    public bool Flag(string key, bool otherwise) => OptionalText(key) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var other => throw Error($"\"{key}\" is true or false, not \"{other}\""),
    };

    /// <summary>A list of text; a single text counts as a list of one. Empty where absent.</summary>
    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => [],
        YamlScalarNode { Value: { } value } => [value],
        YamlSequenceNode list => [.. list.Children.Select(c => c is YamlScalarNode { Value: { } v } ? v : throw new ModelFormatException(File, c.Start.Line, $"an item of \"{key}\" must be text"))],
        var other => throw new ModelFormatException(File, other.Start.Line, $"\"{key}\" must be text or a list"),
    };

    public YamlSection? Section(string key) => Find(key) is { } node ? new YamlSection(File, node) : null;

    /// <summary>A list of mappings. Empty where absent.</summary>
    public IReadOnlyList<YamlSection> Sections(string key) => [.. Items(key).Select(i => new YamlSection(File, i))];

    /// <summary>A list of anything. Empty where absent.</summary>
    public IReadOnlyList<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Children],
        var other => throw new ModelFormatException(File, other.Start.Line, $"\"{key}\" must be a list"),
    };

    /// <summary>Complains of keys that nobody asked for.</summary>
    public void Done()
    {
        foreach (var (key, _) in _node.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (!_read.Contains(name)) throw new ModelFormatException(File, key.Start.Line, $"unknown key \"{name}\"");
        }
    }
}
