using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Analysis.Models.Loading;

namespace CodexSecurity.Analysis.Models;

/// <summary>
/// What is known of libraries, by api path. A path is a module specifier or a global, then ".name" for a property and "()" for a
/// call; "new " stands before a construction; instances of builtins go by their type ("String.replace").
/// </summary>
public sealed class ModelCatalog
{
    /// <summary>Behind the path of a type: what iterating over one gives.</summary>
    public const string Elements = ".*";
    /// <summary>Behind the path of a type: the fields that nothing else is known of.</summary>
    public const string OtherFields = ".**";

    private const int MostAliases = 16, MostBases = 6, MostCached = 100_000;
    private static readonly Lazy<ModelCatalog> Embedded = new(() => FromFiles(EmbeddedFiles.Below("Models/javascript"), "javascript", [.. EmbeddedFiles.Below("Models"), .. EmbeddedFiles.Below("Rules")]));
    private static readonly string[] GlobalObjects = ["globalThis.", "global.", "window.", "self."];

    private readonly FrozenDictionary<string, CallableModel> _callables;
    private readonly FrozenDictionary<string, SourceModel> _reads;
    private readonly FrozenDictionary<string, string> _readTypes;
    private readonly FrozenDictionary<string, SinkModel> _writes;
    private readonly FrozenDictionary<string, string> _answerTypes;
    private readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _aliases;
    private readonly FrozenDictionary<string, string[]>.AlternateLookup<ReadOnlySpan<char>> _bases;
    private readonly HashSet<string> _beginnings;
    private readonly ConcurrentDictionary<string, string> _normalized = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CallableModel?> _found = new(StringComparer.Ordinal);
    // The dictionaries' own counts take all their locks.
    private int _normalizedCount, _foundCount;

    private ModelCatalog(ModelTables tables, string digest)
    {
        _callables = tables.Callables.ToFrozenDictionary(c => c.Key, c => c.Value.Build(c.Key), StringComparer.Ordinal);
        _reads = tables.Reads.ToFrozenDictionary(StringComparer.Ordinal);
        _readTypes = tables.ReadTypes.ToFrozenDictionary(StringComparer.Ordinal);
        _writes = tables.Writes.ToFrozenDictionary(StringComparer.Ordinal);
        _answerTypes = tables.AnswerTypes.ToFrozenDictionary(p => p, p => p, StringComparer.Ordinal);
        _aliases = tables.Aliases.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _bases = tables.Bases.ToFrozenDictionary(b => b.Key, b => b.Value.ToArray(), StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _beginnings = tables.Callables.Select(c => c.Key).Concat(tables.Reads.Keys).Concat(tables.ReadTypes.Keys).Concat(tables.Writes.Keys).Concat(tables.AnswerTypes).Concat(tables.Aliases.Keys).Concat(tables.Bases.Keys)
            .SelectMany(Beginnings).ToHashSet(StringComparer.Ordinal);
        Digest = digest;
    }

    /// <summary>The models of JavaScript and TypeScript that are part of the product.</summary>
    /// <exception cref="ModelFormatException">A file is malformed.</exception>
    public static ModelCatalog Default => Embedded.Value;

    /// <summary>SHA-256 (hex) of all model and rule files: part of every cache key and scan record.</summary>
    public string Digest { get; }

    /// <summary>All callables that have a model, by path.</summary>
    public IEnumerable<CallableModel> Callables => _callables.Values.OrderBy(c => c.Callable, StringComparer.Ordinal);

    /// <summary>Makes a catalog of texts, for tests.</summary>
    public static ModelCatalog FromTexts(params (string Name, string Text)[] files) => FromFiles(files, "javascript", files);

    /// <summary>The model of a callable: "child_process.exec", "new vm.Script", "eval", "String.replace"; null where there is none.</summary>
    public CallableModel? FindCall(string apiPath)
    {
        if (_found.TryGetValue(apiPath, out var known)) return known;
        var model = Find(_callables, apiPath);
        if (_foundCount < MostCached && _found.TryAdd(apiPath, model)) Interlocked.Increment(ref _foundCount);
        return model;
    }

    /// <summary>The source that a property read is: "process.argv", "express.Request.query"; null where it is none.</summary>
    public SourceModel? FindRead(string apiPath) => Find(_reads, apiPath);

    /// <summary>Type of a property: "koa.Context.request" is a "koa.Request"; null where it is not known.</summary>
    public string? TypeOfRead(string apiPath) => Find(_readTypes, apiPath);

    /// <summary>The sink that a property write is: "Element.innerHTML", "location.href"; null where it is none.</summary>
    public SinkModel? FindWrite(string apiPath) => Find(_writes, apiPath);

    /// <summary>Writing the property says of what type the program's answer is: "koa.Context.type".</summary>
    public bool IsAnswerType(string apiPath) => Find(_answerTypes, apiPath) is not null;

    /// <summary>Something is known of this path (a normalised one), or of what is read, called or constructed below it.</summary>
    public bool Knows(string apiPath) => Knows(apiPath.StartsWith("new ", StringComparison.Ordinal) ? apiPath[4..] : apiPath, 0);

    private bool Knows(string path, int depth)
    {
        if (_beginnings.Contains(path)) return true;
        if (depth > MostBases) return false;
        for (var end = path.Length; end > 0; end--)
        {
            if (!IsBoundary(path, end) || !_bases.TryGetValue(path.AsSpan(0, end), out var bases)) continue;
            foreach (var type in bases) if (Knows(type + path[end..], depth + 1)) return true;
        }
        return false;
    }

    /// <summary>A path without "new", and every path that it begins with.</summary>
    internal static IEnumerable<string> Beginnings(string apiPath)
    {
        var path = apiPath.StartsWith("new ", StringComparison.Ordinal) ? apiPath[4..] : apiPath;
        for (var end = path.Length; end > 0; end--) if (IsBoundary(path, end)) yield return path[..end];
    }

    /// <summary>
    /// The path under which a value is modelled: "node:fs" is "fs", "fs/promises" is "fs.promises", "mysql.createConnection()" is
    /// "mysql.Connection", "new pg.Client" is "pg.Client", "window.location" is "location", "axios.default" is "axios".
    /// </summary>
    public string Normalize(string apiPath)
    {
        if (_normalized.TryGetValue(apiPath, out var known)) return known;
        var path = Clean(apiPath);
        for (var round = 0; round < MostAliases && Alias(path) is { } next && next != path; round++) path = next;
        if (_normalizedCount < MostCached && _normalized.TryAdd(apiPath, path)) Interlocked.Increment(ref _normalizedCount);
        return path;
    }

    /// <summary>The types whose models a type inherits, nearest first; not the type itself.</summary>
    public IReadOnlyList<string> BasesOf(string type) => _bases.TryGetValue(Normalize(type), out var bases) ? bases : [];

    private T? Find<T>(FrozenDictionary<string, T> table, string apiPath) where T : class
    {
        // Each stage of normalisation is looked up, since "new pg.Client" is both a callable and, as a value, a pg.Client.
        var path = Clean(apiPath);
        for (var round = 0; round <= MostAliases; round++)
        {
            if (table.TryGetValue(path, out var model)) return model;
            if (Alias(path) is not { } next || next == path) break;
            path = next;
        }
        return Inherited(table, path, 0);
    }

    private T? Inherited<T>(FrozenDictionary<string, T> table, string path, int depth) where T : class
    {
        if (depth > MostBases) return null;
        var construction = path.StartsWith("new ", StringComparison.Ordinal) ? 4 : 0;
        for (var end = path.Length; end > construction; end--)
        {
            if (!IsBoundary(path, end) || !_bases.TryGetValue(path.AsSpan(construction, end - construction), out var bases)) continue;
            foreach (var type in bases)
            {
                var other = path[..construction] + type + path[end..];
                for (var round = 0; round <= MostAliases; round++)
                {
                    if (table.TryGetValue(other, out var model)) return model;
                    if (Alias(other) is not { } next || next == other) break;
                    other = next;
                }
                if (Inherited(table, other, depth + 1) is { } found) return found;
            }
        }
        return null;
    }

    private static string Clean(string path)
    {
        var construction = path.StartsWith("new ", StringComparison.Ordinal) ? "new " : "";
        var rest = construction.Length == 0 ? path : path[4..];
        if (rest.StartsWith("node:", StringComparison.Ordinal)) rest = rest[5..];
        foreach (var global in GlobalObjects)
        {
            while (rest.StartsWith(global, StringComparison.Ordinal)) rest = rest[global.Length..];
        }
        // What a bundler or TypeScript wraps around a module's value; no modelled api has a member of this name.
        for (var at = rest.IndexOf(".default", StringComparison.Ordinal); at > 0; at = rest.IndexOf(".default", at, StringComparison.Ordinal))
        {
            if (at + 8 == rest.Length || rest[at + 8] is '.' or '(') rest = rest.Remove(at, 8);
            else at += 8;
            if (at >= rest.Length) break;
        }
        return construction.Length == 0 ? rest : construction + rest;
    }

    /// <summary>Replaces the longest prefix that has an alias; null where none has.</summary>
    private string? Alias(string path)
    {
        for (var end = path.Length; end > 0; end--)
        {
            if (IsBoundary(path, end) && _aliases.TryGetValue(path.AsSpan(0, end), out var value)) return value + path[end..];
        }
        if (!path.StartsWith("new ", StringComparison.Ordinal)) return null;
        return Alias(path[4..]) is { } inner && !inner.StartsWith("new ", StringComparison.Ordinal) ? "new " + inner : null;
    }

    internal static bool IsBoundary(string path, int end) => end == path.Length || path[end] is '.' or '(' || path[end - 1] == '/';

    private static ModelCatalog FromFiles(IReadOnlyList<(string Name, string Text)> files, string language, IReadOnlyList<(string Name, string Text)> digested)
    {
        var tables = new ModelTables();
        foreach (var (name, text) in files) ModelLoader.Read(name, text, language, tables);
        tables.Inherit();
        var all = new StringBuilder();
        foreach (var (name, text) in digested) all.Append(name).Append('\0').Append(text).Append('\0');
        return new ModelCatalog(tables, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString()))));
    }
}
