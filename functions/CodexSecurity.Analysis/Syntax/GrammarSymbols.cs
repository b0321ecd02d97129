namespace CodexSecurity.Analysis.Syntax;

/// <summary>Names of a grammar's node kinds and fields. One for each grammar; its strings are shared by all trees.</summary>
public sealed class GrammarSymbols
{
    /// <summary>Kind id of an error node.</summary>
    public const ushort ErrorKind = 65535;

    private readonly string[] _kinds;
    private readonly string?[] _fields;
    private readonly Dictionary<string, ushort> _fieldIds = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, bool), ushort> _kindIds = [];

    internal GrammarSymbols(Grammar grammar, string[] kinds, bool[] named, ushort[] publicIds, string?[] fields)
    {
        (Grammar, _kinds, _fields) = (grammar, kinds, fields);
        for (var i = 0; i < kinds.Length; i++) _kindIds.TryAdd((kinds[i], named[i]), publicIds[i]);
        for (ushort i = 1; i < fields.Length; i++)
        {
            if (fields[i] is { } name) _fieldIds.TryAdd(name, i);
        }
    }

    /// <summary>The grammar.</summary>
    public Grammar Grammar { get; }

    /// <summary>Name of a kind.</summary>
    public string KindName(ushort id) => id == ErrorKind ? "ERROR" : id < _kinds.Length ? _kinds[id] : "";

    /// <summary>Name of a field; null for 0.</summary>
    public string? FieldName(ushort id) => id < _fields.Length ? _fields[id] : null;

    /// <summary>Id of a field; 0 where the grammar has none of that name.</summary>
    public ushort FieldId(string name) => _fieldIds.GetValueOrDefault(name);

    /// <summary>Id of a kind; 0 where the grammar has none of that name.</summary>
    public ushort KindId(string name, bool named = true) => _kindIds.GetValueOrDefault((name, named));
}
