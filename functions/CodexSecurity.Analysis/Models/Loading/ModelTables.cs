namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>Everything that model files of one language say, while they are read.</summary>
internal sealed class ModelTables
{
    private readonly Dictionary<string, CallableBuilder> _callables = new(StringComparer.Ordinal);

    public Dictionary<string, SourceModel> Reads { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> ReadTypes { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, SinkModel> Writes { get; } = new(StringComparer.Ordinal);
    /// <summary>Properties that say of what type the answer is.</summary>
    public HashSet<string> AnswerTypes { get; } = new(StringComparer.Ordinal);
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

    /// <summary>Fills what a callable's own rows leave open from the same callable of the types that its type extends.</summary>
    public void Inherit()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in _callables.Keys.Order(StringComparer.Ordinal).ToList()) Inherit(path, done);
    }

    private void Inherit(string path, HashSet<string> done)
    {
        if (!done.Add(path)) return;
        var own = _callables[path];
        var construction = path.StartsWith("new ", StringComparison.Ordinal) ? 4 : 0;
        for (var end = path.Length; end > construction; end--)
        {
            if (!ModelCatalog.IsBoundary(path, end) || !Bases.TryGetValue(path[construction..end], out var bases)) continue;
            foreach (var type in bases)
            {
                var other = path[..construction] + type + path[end..];
                if (!_callables.TryGetValue(other, out var inherited)) continue;
                Inherit(other, done);
                own.FillFrom(inherited);
            }
        }
    }
}
