using System.Text.Json;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Resolution;

/// <summary>
/// Finds the file that a module specifier means, as Node.js and TypeScript do (relative paths, folders, package.json main, module,
/// exports and imports, workspace packages, the compiler's paths), over a known set of files. No I/O.
/// </summary>
public sealed class ModuleResolver
{
    private static readonly string[] Extensions = ["", ".js", ".ts", ".tsx", ".cjs", ".mjs", ".jsx", ".cts", ".mts", ".json", ".es6"];
    private readonly HashSet<string> _files;
    private readonly SortedDictionary<string, PackageManifest> _packages = new(StringComparer.Ordinal);
    private readonly CompilerPaths _paths;

    /// <summary>Makes one for these files; unreadable manifests count as absent.</summary>
    public ModuleResolver(IEnumerable<string> files, IEnumerable<(string Path, string Text)> manifests)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(manifests);
        _files = new HashSet<string>(files, StringComparer.Ordinal);
        var all = manifests.ToList();
        _paths = new CompilerPaths(all);
        foreach (var (path, text) in all)
        {
            if (!path.EndsWith("package.json", StringComparison.Ordinal)) continue;
            var folder = path.Length > "package.json".Length ? path[..^("/package.json".Length)] : "";
            if (PackageManifest.Read(folder, text) is { } manifest) _packages[folder] = manifest;
        }
    }

    /// <summary>The packages of the project (those below node_modules left out), by folder.</summary>
    public IEnumerable<PackageManifest> Packages => _packages.Values.Where(p => !IsDependency(p.Folder));

    /// <summary>The file that a specifier means in a file, or null.</summary>
    public string? Resolve(string from, string specifier)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(specifier);
        if (specifier.Length == 0 || specifier.Length > 500) return null;
        var query = specifier.IndexOf('?');
        if (query > 0) specifier = specifier[..query];
        if (specifier is "." or ".." || specifier.StartsWith("./", StringComparison.Ordinal) || specifier.StartsWith("../", StringComparison.Ordinal)) return File(Join(FolderOf(from), specifier));
        if (specifier[0] == '#') return Nearest(from)?.Import(specifier) is { } target ? File(Join(Nearest(from)!.Folder, target)) : null;
        foreach (var path in _paths.Candidates(from, specifier)) if (File(path) is { } file && !IsDependency(file)) return file;
        return Package(from, specifier);
    }

    /// <summary>Files below a folder that is named relative to a file.</summary>
    public IEnumerable<string> Below(string from, string prefix)
    {
        var start = Join(FolderOf(from), prefix.EndsWith('/') ? prefix + "x" : prefix);
        if (prefix.EndsWith('/')) start = start[..^1];
        return _files.Where(f => f.StartsWith(start, StringComparison.Ordinal) && !f[start.Length..].Contains('/', StringComparison.Ordinal) && !IsDependency(f[start.Length..])).Order(StringComparer.Ordinal);
    }

    /// <summary>The files that a package offers: main first, then its other exports.</summary>
    public IReadOnlyList<string> EntryFiles(PackageManifest package)
    {
        ArgumentNullException.ThrowIfNull(package);
        var found = new List<string>();
        foreach (var target in package.Targets)
        {
            if (target.Contains('*', StringComparison.Ordinal))
            {
                var star = Join(package.Folder, target[..target.IndexOf('*')]);
                foreach (var f in _files.Where(f => f.StartsWith(star, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(50)) if (!found.Contains(f)) found.Add(f);
            }
            else if (Target(package.Folder, target) is { } file && !found.Contains(file)) found.Add(file);
        }
        if (found.Count == 0 && File(Join(package.Folder, "index")) is { } index) found.Add(index);
        return found;
    }

    /// <summary>Users of its package can't import the file: the package says what it exports, and it is not among it.</summary>
    public bool IsPrivate(string path) => Nearest(path) is { HasExports: true } package && !EntryFiles(package).Contains(path);

    /// <summary>The scripts that a package installs as commands.</summary>
    public IReadOnlyList<string> Commands(PackageManifest package)
    {
        ArgumentNullException.ThrowIfNull(package);
        return [.. package.Bin.Select(b => Target(package.Folder, b)).OfType<string>().Distinct()];
    }

    private string? Target(string folder, string target)
    {
        if (File(Join(folder, target)) is { } file) return file;
        // Built output that is not in the repository: its source.
        foreach (var output in (ReadOnlySpan<string>)["dist/", "build/", "lib/", "out/", "es/", "esm/", "cjs/"])
        {
            var at = target.IndexOf(output, StringComparison.Ordinal);
            if (at < 0) continue;
            foreach (var source in (ReadOnlySpan<string>)["src/", "lib/", "source/", ""])
            {
                var name = target[..at] + source + target[(at + output.Length)..];
                var dot = name.LastIndexOf('.');
                if (File(Join(folder, name)) is { } exact) return exact;
                if (dot > name.LastIndexOf('/') && File(Join(folder, name[..dot])) is { } other) return other;
            }
        }
        return null;
    }

    private string? Package(string from, string specifier)
    {
        var slash = specifier.IndexOf('/');
        if (specifier[0] == '@' && slash > 0) slash = specifier.IndexOf('/', slash + 1);
        var name = slash < 0 ? specifier : specifier[..slash];
        var rest = slash < 0 ? "" : specifier[(slash + 1)..];
        for (var folder = FolderOf(from); ; folder = FolderOf(folder))
        {
            var home = folder.Length == 0 ? "node_modules/" + name : folder + "/node_modules/" + name;
            if (_packages.TryGetValue(home, out var installed)) return InPackage(installed, rest);
            if (folder.Length == 0) break;
        }
        foreach (var p in Packages) if (p.Name == name) return InPackage(p, rest);
        return null;
    }

    private string? InPackage(PackageManifest package, string rest)
    {
        if (package.Export(rest) is { } target && Target(package.Folder, target) is { } file) return file;
        if (rest.Length > 0) return File(Join(package.Folder, rest));
        return EntryFiles(package) is [var first, ..] ? first : null;
    }

    private PackageManifest? Nearest(string from)
    {
        for (var folder = FolderOf(from); ; folder = FolderOf(folder))
        {
            if (_packages.TryGetValue(folder, out var found)) return found;
            if (folder.Length == 0) return null;
        }
    }

    private string? File(string path)
    {
        foreach (var extension in Extensions) if (_files.Contains(path + extension)) return path + extension;
        if (path.EndsWith(".js", StringComparison.Ordinal) || path.EndsWith(".jsx", StringComparison.Ordinal) || path.EndsWith(".mjs", StringComparison.Ordinal))
        {
            var stem = path[..path.LastIndexOf('.')];
            foreach (var extension in (ReadOnlySpan<string>)[".ts", ".tsx", ".mts", ".coffee"]) if (_files.Contains(stem + extension)) return stem + extension;
        }
        if (_packages.TryGetValue(path, out var manifest) && manifest.Main is { } main && Join(path, main) != path && File(Join(path, main)) is { } found) return found;
        foreach (var extension in Extensions[1..])
        {
            var index = (path.Length == 0 ? "index" : path + "/index") + extension;
            if (_files.Contains(index)) return index;
        }
        return null;
    }

    private static bool IsDependency(string path) => path.StartsWith("node_modules/", StringComparison.Ordinal) || path.Contains("/node_modules/", StringComparison.Ordinal);

    /// <summary>The folder that a file or folder is in; "" for the top.</summary>
    public static string FolderOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path[..Math.Max(0, path.LastIndexOf('/'))];
    }

    /// <summary>Joins a folder and a relative path and normalises; what climbs above the root ends at the root.</summary>
    public static string Join(string folder, string path)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(path);
        var parts = new List<string>(folder.Length == 0 ? [] : folder.Split('/'));
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part == "..") { if (parts.Count > 0) parts.RemoveAt(parts.Count - 1); }
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }
}

/// <summary>What resolution needs of a package.json.</summary>
public sealed class PackageManifest
{
    private readonly Dictionary<string, string> _exports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _imports = new(StringComparer.Ordinal);

    /// <summary>Folder of the manifest; "" for the root.</summary>
    public required string Folder { get; init; }
    /// <summary>Package name, or "".</summary>
    public string Name { get; private set; } = "";
    /// <summary>main, or null.</summary>
    public string? Main { get; private set; }
    /// <summary>Files offered to users of the package, in order of importance.</summary>
    public IReadOnlyList<string> Targets { get; private set; } = [];
    /// <summary>Files installed as commands.</summary>
    public IReadOnlyList<string> Bin { get; private set; } = [];

    /// <summary>It says what it exports, so that nothing else can be imported from it.</summary>
    public bool HasExports => _exports.Count > 0;

    /// <summary>The file that the package gives for a path below its name, as exports say; null where they say nothing.</summary>
    public string? Export(string rest)
    {
        if (_exports.TryGetValue(rest.Length == 0 ? "." : "./" + rest, out var exact)) return exact;
        return Pattern(_exports, "./" + rest);
    }

    /// <summary>The target of a "#name" import.</summary>
    public string? Import(string name) => _imports.TryGetValue(name, out var exact) ? exact : Pattern(_imports, name);

    private static string? Pattern(Dictionary<string, string> map, string key)
    {
        foreach (var (name, target) in map)
        {
            var star = name.IndexOf('*');
            if (star >= 0 && key.StartsWith(name[..star], StringComparison.Ordinal)) return target.Replace("*", key[star..], StringComparison.Ordinal);
        }
        return null;
    }

    internal static PackageManifest? Read(string folder, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            return new PackageManifest { Folder = folder }.Fill(document.RootElement);
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return null;
        }
    }

    private PackageManifest Fill(JsonElement root)
    {
        Name = Text(root, "name") ?? "";
        Main = Text(root, "main");
        var targets = new List<string>();
        if (Main is not null) targets.Add(Main);
        if (Text(root, "module") is { } module) targets.Add(module);
        if (root.TryGetProperty("exports", out var exports))
        {
            if (exports.ValueKind == JsonValueKind.Object && exports.EnumerateObject().Any(p => p.Name.StartsWith('.'))) foreach (var p in exports.EnumerateObject()) AddTarget(_exports, p.Name, p.Value, targets);
            else AddTarget(_exports, ".", exports, targets);
        }
        if (root.TryGetProperty("imports", out var imports) && imports.ValueKind == JsonValueKind.Object) foreach (var p in imports.EnumerateObject()) AddTarget(_imports, p.Name, p.Value, []);
        Targets = [.. targets.Distinct()];
        if (root.TryGetProperty("bin", out var bin))
        {
            if (bin.ValueKind == JsonValueKind.String) Bin = [bin.GetString()!];
            else if (bin.ValueKind == JsonValueKind.Object) Bin = [.. bin.EnumerateObject().Where(b => b.Value.ValueKind == JsonValueKind.String).Select(b => b.Value.GetString()!)];
        }
        return this;
    }

    private static void AddTarget(Dictionary<string, string> map, string name, JsonElement value, List<string> targets)
    {
        foreach (var target in Leaves(value))
        {
            map.TryAdd(name, target);
            targets.Add(target);
        }
    }

    private static IEnumerable<string> Leaves(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: return value.GetString()!.EndsWith(".d.ts", StringComparison.Ordinal) ? [] : [value.GetString()!];
            case JsonValueKind.Array: return value.EnumerateArray().SelectMany(Leaves);
            case JsonValueKind.Object:
                // The conditions that Node.js takes first.
                return value.EnumerateObject().OrderBy(p => p.Name switch { "node" => 0, "require" => 1, "import" => 2, "default" => 3, "types" => 9, _ => 5 }).SelectMany(p => Leaves(p.Value));
            default: return [];
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
}
