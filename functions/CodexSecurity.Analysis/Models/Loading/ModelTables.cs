namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>Everything that model files of one language say, while they are read.</summary>
internal sealed class ModelTables
{
    private readonly Dictionary<string, CallableBuilder> _callables = new(StringComparer.Ordinal);

    public Dictionary<string, SourceModel> Reads { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> ReadTypes { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, SinkModel> Writes { get; } = new(StringComparer.Ordinal);
    /// <summary>Prefix of a path → what it stands for.</summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);
    /// <summary>Type → types whose models it inherits, in order.</summary>
    public Dictionary<string, List<string>> Bases { get; } = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, CallableBuilder>> Callables => _callables;

    public CallableBuilder Callable(string path)
    {
        if (!_callables.TryGetValue(path, out var builder)) _callables[path] = builder = new CallableBuilder();
        return builder;
    }
}
