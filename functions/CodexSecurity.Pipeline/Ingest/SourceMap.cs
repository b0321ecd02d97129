using System.Text.Json;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Says of a made file which files it was made of and where its code was written: the source map (revision 3, ECMA-426) beside it or inside it.</summary>
internal sealed class SourceMap
{
    private const int MaxMapBytes = 8 * 1024 * 1024, MaxSources = 5_000;
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private readonly IReadOnlyList<string> _sources;
    private readonly string _mappings;

    private SourceMap(IReadOnlyList<string> sources, string mappings) => (_sources, _mappings) = (sources, mappings);

    /// <summary>Paths of the sources that belong to the project itself, in the map's order.</summary>
    public IReadOnlyList<string> Own => [.. _sources.Where(s => s.Length > 0).Distinct(StringComparer.Ordinal)];

    /// <summary>The map of a file; null where there is none that can be read.</summary>
    /// <param name="file">The made file.</param>
    /// <param name="package">Folder of its package.</param>
    /// <param name="files">Every file of the snapshot by path.</param>
    public static SourceMap? Of(SnapshotFile file, string package, IReadOnlyDictionary<string, SnapshotFile> files)
    {
        if (!file.Path.EndsWith("js", StringComparison.OrdinalIgnoreCase) || GeneratedCode.MapReference(file.Content.Span) is not { Length: > 0 } reference) return null;
        var folder = ModuleResolver.FolderOf(file.Path);
        if (Content(reference, folder, files) is not { } map) return null;
        try
        {
            using var json = JsonDocument.Parse(map);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("sources", out var sources) || sources.ValueKind != JsonValueKind.Array) return null;
            var root = Text(json.RootElement, "sourceRoot");
            return new SourceMap([.. sources.EnumerateArray().Take(MaxSources).Select(s => s.ValueKind == JsonValueKind.String ? Path(s.GetString()!, root, folder, package) : "")], Text(json.RootElement, "mappings"));
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            // A map that is no JSON says nothing.
            return null;
        }
    }

    /// <summary>Where a place of the made file was written; null where the map does not say, or where it was not written in the project. Lines and columns are 1-based.</summary>
    public WrittenPlace? At(int line, int column)
    {
        int at = 0, made = 1, madeColumn = 0, source = 0, written = 0, writtenColumn = 0;
        (int Source, int Line, int Column)? best = null;
        while (at < _mappings.Length && made <= line)
        {
            if (_mappings[at] is ';' or ',')
            {
                if (_mappings[at++] == ';') (made, madeColumn) = (made + 1, 0);
                continue;
            }
            if (Number(ref at) is not { } step) return null;
            madeColumn += step;
            // A segment of one number was written nowhere; a fifth number is a name.
            if (at >= _mappings.Length || _mappings[at] is ';' or ',') continue;
            if (Number(ref at) is not { } s || Number(ref at) is not { } l || Number(ref at) is not { } c) return null;
            (source, written, writtenColumn) = (source + s, written + l, writtenColumn + c);
            if (at < _mappings.Length && _mappings[at] is not (';' or ',') && Number(ref at) is null) return null;
            // The last segment that begins at or before the place, or the line's first.
            if (made == line && (best is null || madeColumn < column)) best = (source, written, writtenColumn);
        }
        return best is { Line: >= 0 and < int.MaxValue, Column: >= 0 and < int.MaxValue } found && found.Source >= 0 && found.Source < _sources.Count && _sources[found.Source] is { Length: > 0 } path
            ? new WrittenPlace(path, found.Line + 1, found.Column + 1) : null;
    }

    // Base 64 digits, the lowest five bits first; the first bit is the sign.
    private int? Number(ref int at)
    {
        long value = 0;
        for (var shift = 0; at < _mappings.Length && shift <= 30; shift += 5)
        {
            var digit = Digits.IndexOf(_mappings[at++]);
            if (digit < 0) return null;
            value |= (long)(digit & 31) << shift;
            if (digit < 32) return (int)((value & 1) == 0 ? value >> 1 : -(value >> 1));
        }
        return null;
    }

    private static string Text(JsonElement map, string name) => map.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static ReadOnlyMemory<byte>? Content(string reference, string folder, IReadOnlyDictionary<string, SnapshotFile> files)
    {
        if (!reference.StartsWith("data:", StringComparison.Ordinal))
            return files.TryGetValue(ModuleResolver.Join(folder, reference), out var map) && map.Content.Length <= MaxMapBytes ? map.Content : default(ReadOnlyMemory<byte>?);
        var at = reference.IndexOf("base64,", StringComparison.Ordinal);
        if (at < 0 || reference.Length > MaxMapBytes) return null;
        var bytes = new byte[reference.Length];
        return Convert.TryFromBase64String(reference[(at + 7)..], bytes, out var used) ? bytes.AsMemory(0, used) : default(ReadOnlyMemory<byte>?);
    }

    // "webpack:///./src/a.js" is relative to the package; runtime parts and dependencies are not the project's.
    private static string Path(string source, string root, string folder, string package)
    {
        var scheme = source.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? source : source[(scheme + 3)..].TrimStart('/');
        if (path.Contains("node_modules/", StringComparison.Ordinal) || path.StartsWith("webpack/", StringComparison.Ordinal) || path.StartsWith('(') || path.StartsWith('\0')) return "";
        if (path.IndexOf('?') is var query and > 0) path = path[..query];
        if (scheme < 0) return ModuleResolver.Join(ModuleResolver.Join(folder, root.Contains("://", StringComparison.Ordinal) ? "" : root), path);
        // webpack:///name/./src/a.js: the library's name comes first.
        return path.IndexOf("/./", StringComparison.Ordinal) is var dot and > 0 ? ModuleResolver.Join(package, path[(dot + 3)..]) : ModuleResolver.Join(package, path);
    }
}
