using System.Text;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Finds the source that a minified or bundled file was made of, where it is in the same snapshot.</summary>
internal sealed class Originals
{
    private static readonly HashSet<string> OutputFolders = new(StringComparer.OrdinalIgnoreCase) { "dist", "build", "built", "out", "output", "bundle", "bundles", "umd", "release", "releases", "min", "minified", "browser" };
    private static readonly HashSet<string> Variants = new(StringComparer.OrdinalIgnoreCase)
    {
        "min", "bundle", "bundled", "umd", "esm", "es", "es5", "es6", "cjs", "mjs", "amd", "iife", "global", "browser", "node", "web", "prod", "production", "dev", "development", "debug", "all", "full", "core", "packed", "pack", "slim", "module", "legacy",
    };

    private readonly List<SnapshotFile> _written;
    private readonly Dictionary<string, SnapshotFile> _files;
    private readonly ILookup<string, SnapshotFile> _byStem;
    private readonly HashSet<string> _packages;
    private readonly Dictionary<string, long> _ownBytes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _maps = new(StringComparer.Ordinal);
    private readonly Lazy<HashSet<string>> _required, _offered;

    /// <summary>Makes one.</summary>
    /// <param name="snapshot">Every file.</param>
    /// <param name="written">Source files in scope that were written by people, as far as their text tells.</param>
    /// <param name="bundled">Source files in scope that were linked from others and are not minified.</param>
    public Originals(Snapshot snapshot, List<SnapshotFile> written, List<SnapshotFile> bundled)
    {
        _files = snapshot.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        _packages = [.. snapshot.Files.Where(f => Path.GetFileName(f.Path) == "package.json").Select(f => ModuleResolver.FolderOf(f.Path))];
        _written = [.. written.Where(f => !IsLinked(f))];
        _byStem = _written.Concat(bundled).Concat(written.Where(IsLinked)).ToLookup(f => Stem(f.Path), StringComparer.OrdinalIgnoreCase);
        foreach (var file in _written.Where(f => !IsOutput(f.Path)))
        {
            var package = Package(file.Path);
            _ownBytes[package] = _ownBytes.GetValueOrDefault(package) + file.Content.Length;
        }
        _required = new(() => LoadedPaths.Of(_written));
        _offered = new(() => Offered(snapshot));
    }

    /// <summary>Whether the file's source map says that it was made of several files.</summary>
    public bool IsLinked(SnapshotFile file) => MapSources(file).Count > 1;

    /// <summary>Whether written code loads the file by its path.</summary>
    public bool IsRequired(SnapshotFile file) => _required.Value.Contains(file.Path);

    /// <summary>Whether a package of the snapshot gives the file to its users.</summary>
    public bool IsOffered(SnapshotFile file) => _offered.Value.Contains(file.Path);

    /// <summary>Whether written code loads the file of that path, or a package gives it to its users.</summary>
    public bool Runs(string path) => _files.ContainsKey(path) && (_required.Value.Contains(path) || _offered.Value.Contains(path));

    /// <summary>The source of a made file, for people; "" where it is not there.</summary>
    public string Of(SnapshotFile file, bool minified)
    {
        var mapped = MapSources(file);
        if (mapped.Count > 0 && mapped.All(_files.ContainsKey)) return mapped.Count == 1 ? mapped[0] : $"{mapped[0]} and {mapped.Count - 1} more";
        var package = Package(file.Path);
        // The same name with more in it than minifying takes away, or for a bundle the better part of it.
        var need = file.Content.Length * (minified ? 0.9 : 0.5);
        foreach (var other in _byStem[Stem(file.Path)])
        {
            if (other.Path != file.Path && Package(other.Path) == package && other.Content.Length >= need && (minified || !IsOutput(other.Path))) return other.Path;
        }
        // A file below "dist" in a package that has code enough of its own outside of it. Minifying leaves a half to a fifth.
        var own = _ownBytes.GetValueOrDefault(package);
        return IsOutput(file.Path) && own * (minified ? 2 : 3) >= file.Content.Length ? $"the other files of {(package.Length == 0 ? "the package" : package)}" : "";
    }

    private IReadOnlyList<string> MapSources(SnapshotFile file)
    {
        if (!_maps.TryGetValue(file.Path, out var sources)) _maps[file.Path] = sources = SourceMap.Of(file, Package(file.Path), _files)?.Own ?? [];
        return sources;
    }

    private static HashSet<string> Offered(Snapshot snapshot)
    {
        var manifests = snapshot.Files.Where(f => Path.GetFileName(f.Path) == "package.json").Select(f => (f.Path, Encoding.UTF8.GetString(f.Content.Span)));
        var resolver = new ModuleResolver(snapshot.Files.Select(f => f.Path), manifests);
        return [.. resolver.Packages.SelectMany(p => resolver.EntryFiles(p).Concat(resolver.Commands(p)))];
    }

    /// <summary>Folder of the package that a file belongs to; "" for the top.</summary>
    public string Package(string path)
    {
        for (var folder = ModuleResolver.FolderOf(path); ; folder = ModuleResolver.FolderOf(folder))
        {
            if (folder.Length == 0 || _packages.Contains(folder)) return folder;
        }
    }

    /// <summary>Whether a file lies where its package keeps what is built.</summary>
    public bool IsOutput(string path)
    {
        var package = Package(path);
        return ModuleResolver.FolderOf(path)[package.Length..].Split('/').Any(OutputFolders.Contains);
    }

    /// <summary>A file's name without its ending and what tells builds apart.</summary>
    public static string Stem(string path)
    {
        var parts = Path.GetFileName(path).Split('.').ToList();
        parts.RemoveAt(parts.Count - 1);
        while (parts.Count > 1 && Variants.Contains(parts[^1])) parts.RemoveAt(parts.Count - 1);
        var stem = string.Join('.', parts);
        return stem.LastIndexOfAny(['-', '_']) is var at and > 0 && Variants.Contains(stem[(at + 1)..]) ? stem[..at] : stem;
    }
}
