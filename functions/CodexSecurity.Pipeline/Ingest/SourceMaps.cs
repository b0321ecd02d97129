using System.Text.Json;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Reads which files a made file names as its sources, in the source map beside it or inside it.</summary>
internal static class SourceMaps
{
    private const int MaxMapBytes = 8 * 1024 * 1024, MaxSources = 5_000;

    /// <summary>Paths of the sources that belong to the project itself, in the map's order; empty where there is no map.</summary>
    /// <param name="file">The made file.</param>
    /// <param name="package">Folder of its package.</param>
    /// <param name="files">Every file of the snapshot by path.</param>
    public static IReadOnlyList<string> Sources(SnapshotFile file, string package, IReadOnlyDictionary<string, SnapshotFile> files)
    {
        if (!file.Path.EndsWith("js", StringComparison.OrdinalIgnoreCase) || GeneratedCode.MapReference(file.Content.Span) is not { Length: > 0 } reference) return [];
        var folder = Originals.Folder(file.Path);
        if (Content(reference, folder, files) is not { } map) return [];
        try
        {
            using var json = JsonDocument.Parse(map);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("sources", out var sources) || sources.ValueKind != JsonValueKind.Array) return [];
            var root = json.RootElement.TryGetProperty("sourceRoot", out var r) && r.ValueKind == JsonValueKind.String ? r.GetString()! : "";
            var found = new List<string>();
            foreach (var source in sources.EnumerateArray().Take(MaxSources))
            {
                if (source.ValueKind == JsonValueKind.String && Own(source.GetString()!, root, folder, package) is { Length: > 0 } path && !found.Contains(path)) found.Add(path);
            }
            return found;
        }
        catch (JsonException)
        {
            // A map that is no JSON says nothing.
            return [];
        }
    }

    private static ReadOnlyMemory<byte>? Content(string reference, string folder, IReadOnlyDictionary<string, SnapshotFile> files)
    {
        if (!reference.StartsWith("data:", StringComparison.Ordinal))
            return files.TryGetValue(Originals.Join(folder, reference), out var map) && map.Content.Length <= MaxMapBytes ? map.Content : default(ReadOnlyMemory<byte>?);
        var at = reference.IndexOf("base64,", StringComparison.Ordinal);
        if (at < 0 || reference.Length > MaxMapBytes) return null;
        var bytes = new byte[reference.Length];
        return Convert.TryFromBase64String(reference[(at + 7)..], bytes, out var used) ? bytes.AsMemory(0, used) : default(ReadOnlyMemory<byte>?);
    }

    // "webpack:///./src/a.js" is relative to the package; runtime parts and dependencies are not the project's.
    private static string Own(string source, string root, string folder, string package)
    {
        var scheme = source.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? source : source[(scheme + 3)..].TrimStart('/');
        if (path.Contains("node_modules/", StringComparison.Ordinal) || path.StartsWith("webpack/", StringComparison.Ordinal) || path.StartsWith('(') || path.StartsWith('\0')) return "";
        if (path.IndexOf('?') is var query and > 0) path = path[..query];
        if (scheme < 0) return Originals.Join(Originals.Join(folder, root.Contains("://", StringComparison.Ordinal) ? "" : root), path);
        // webpack:///name/./src/a.js: the library's name comes first.
        return path.IndexOf("/./", StringComparison.Ordinal) is var dot and > 0 ? Originals.Join(package, path[(dot + 3)..]) : Originals.Join(package, path);
    }
}
