using System.Text.Json;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Resolution;

/// <summary>
/// What tsconfig.json and jsconfig.json say of module specifiers that are no packages: "paths" and "baseUrl", their own or those of a file that they extend
/// (https://www.typescriptlang.org/tsconfig/#paths).
/// </summary>
internal sealed class CompilerPaths
{
    private const int MaxExtends = 8, MaxPatterns = 200;
    // Their declarations come before any file.
    private static readonly HashSet<string> Nodes = [.. "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder timers tls tty url util v8 vm worker_threads zlib".Split(' ')];
    private readonly SortedDictionary<string, Settings> _byFile = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Settings?> _byFolder = new(StringComparer.Ordinal);

    /// <summary>Reads the files among these whose names begin with tsconfig or jsconfig; unreadable ones count as absent.</summary>
    public CompilerPaths(IEnumerable<(string Path, string Text)> manifests)
    {
        foreach (var (path, text) in manifests)
        {
            var name = path[(path.LastIndexOf('/') + 1)..];
            if ((name.StartsWith("tsconfig", StringComparison.Ordinal) || name.StartsWith("jsconfig", StringComparison.Ordinal)) && Read(ModuleResolver.FolderOf(path), text) is { } settings) _byFile[path] = settings;
        }
    }

    /// <summary>The paths that a specifier may stand for in a file, best first: by the settings that lie nearest, else by what frameworks and bundlers are usually told.</summary>
    public IEnumerable<string> Candidates(string from, string specifier)
    {
        if (Nodes.Contains(specifier)) yield break;
        if (Nearest(ModuleResolver.FolderOf(from)) is { } settings)
        {
            foreach (var path in settings.Mapped(specifier)) yield return path;
            if (settings.Base is { } folder) yield return ModuleResolver.Join(folder, specifier);
        }
        var (home, rest) = specifier switch
        {
            ['@' or '~', '/', ..] => ("src", specifier[2..]),
            ['~', '~', '/', ..] or ['@', '@', '/', ..] => ("", specifier[3..]),
            _ when specifier.StartsWith("$lib/", StringComparison.Ordinal) => ("src/lib", specifier[5..]),
            _ => ("", ""),
        };
        if (rest.Length == 0) yield break;
        for (var folder = ModuleResolver.FolderOf(from); ; folder = ModuleResolver.FolderOf(folder))
        {
            yield return ModuleResolver.Join(folder, home + "/" + rest);
            if (home == "src") { yield return ModuleResolver.Join(folder, "app/" + rest); yield return ModuleResolver.Join(folder, rest); }
            if (folder.Length == 0) break;
        }
    }

    private Settings? Nearest(string folder)
    {
        if (_byFile.Count == 0) return null;
        if (_byFolder.TryGetValue(folder, out var known)) return known;
        Settings? found = null;
        foreach (var name in (ReadOnlySpan<string>)["tsconfig.json", "jsconfig.json", "tsconfig.base.json"])
        {
            if (found is null && _byFile.TryGetValue(folder.Length == 0 ? name : folder + "/" + name, out var here) && Merged(here) is { IsEmpty: false } settings) found = settings;
        }
        return _byFolder[folder] = found ?? (folder.Length == 0 ? null : Nearest(ModuleResolver.FolderOf(folder)));
    }

    // What a file does not say, the one that it extends does.
    private Settings Merged(Settings settings)
    {
        var merged = settings;
        for (var n = 0; n < MaxExtends && settings.Extends is { } name; n++)
        {
            var path = ModuleResolver.Join(settings.Folder, name);
            if (!_byFile.TryGetValue(path, out var other) && !_byFile.TryGetValue(path + ".json", out other)) break;
            merged = merged with { Base = merged.Base ?? other.Base, Paths = merged.Paths ?? other.Paths, PathsFolder = merged.Paths is null ? other.PathsFolder : merged.PathsFolder };
            settings = other;
        }
        return merged;
    }

    private static Settings? Read(string folder, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            var extends = Text(document.RootElement, "extends");
            string? baseUrl = null;
            List<(string, IReadOnlyList<string>)>? paths = null;
            if (document.RootElement.TryGetProperty("compilerOptions", out var options) && options.ValueKind == JsonValueKind.Object)
            {
                baseUrl = Text(options, "baseUrl");
                if (options.TryGetProperty("paths", out var all) && all.ValueKind == JsonValueKind.Object)
                {
                    paths = [.. all.EnumerateObject().Take(MaxPatterns).Where(p => p.Value.ValueKind == JsonValueKind.Array)
                        .Select(p => (p.Name, (IReadOnlyList<string>)[.. p.Value.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!).Take(8)]))];
                }
            }
            var home = baseUrl is null ? null : ModuleResolver.Join(folder, baseUrl);
            return new Settings(folder, extends is ['.', ..] ? extends : null, home, paths, home ?? folder);
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Settings of one file.</summary>
    /// <param name="Folder">Where it lies.</param>
    /// <param name="Extends">The file that it extends, relative to it; null for none, or one of a package.</param>
    /// <param name="Base">Folder that specifiers are relative to, or null.</param>
    /// <param name="Paths">Patterns with at most one "*", and what each stands for.</param>
    /// <param name="PathsFolder">Folder that those are relative to.</param>
    private sealed record Settings(string Folder, string? Extends, string? Base, IReadOnlyList<(string Pattern, IReadOnlyList<string> Targets)>? Paths, string PathsFolder)
    {
        public bool IsEmpty => Base is null && Paths is null;

        // An exact pattern first, then the one with the longest beginning.
        public IEnumerable<string> Mapped(string specifier)
        {
            foreach (var (pattern, targets) in (Paths ?? []).OrderByDescending(p => p.Pattern.IndexOf('*') is var star and >= 0 ? star : int.MaxValue))
            {
                var star = pattern.IndexOf('*');
                if (star < 0 ? pattern != specifier : specifier.Length < pattern.Length - 1 || !specifier.StartsWith(pattern[..star], StringComparison.Ordinal) || !specifier.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal)) continue;
                var rest = star < 0 ? "" : specifier[star..(specifier.Length - (pattern.Length - star - 1))];
                foreach (var target in targets) yield return ModuleResolver.Join(PathsFolder, target.Replace("*", rest, StringComparison.Ordinal));
            }
        }
    }
}
