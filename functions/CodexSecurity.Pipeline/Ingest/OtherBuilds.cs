using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>
/// Packages often come in several builds of one source: for require, for import, for browsers. A manifest that offers one entry in several files says so, and
/// where they lie tells the folders of the builds. A file that says nothing which the same file of the first build does not say is that file once more.
/// </summary>
internal sealed partial class OtherBuilds
{
    // What a compiler for another system of modules or another age of the language writes: no name of the program.
    private static readonly HashSet<string> Syntax = new(StringComparer.Ordinal)
    {
        "import", "from", "export", "exports", "default", "as", "type", "module", "require", "use", "strict", "map", "sourceMappingURL", "var", "let", "const", "class", "extends", "super", "function", "async", "await", "of",
        "js", "mjs", "cjs", "esm", "tslib",
    };

    private static readonly HashSet<string> OfModules = new(StringComparer.Ordinal) { "es", "esm", "es6", "es2015", "cjs", "commonjs", "amd", "umd" };
    // What is said once more is hardly shorter: a short file whose every word a long one holds says something else.
    private const int MostBuilds = 32, MostOfTwin = 3;
    private static readonly JsonDocumentOptions s_lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly string[] MainFields = ["main", "module", "jsnext:main", "es2015", "browser"];
    private readonly Dictionary<string, string> _twins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _required = new(StringComparer.Ordinal);

    /// <summary>Makes one.</summary>
    /// <param name="snapshot">Every file.</param>
    /// <param name="analysed">Source files that are analysed otherwise.</param>
    public OtherBuilds(Snapshot snapshot, IReadOnlyList<SnapshotFile> analysed)
    {
        var files = analysed.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var all = snapshot.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        foreach (var manifest in snapshot.Files.Where(f => Path.GetFileName(f.Path) == PackageFolders.Manifest))
        {
            var folder = ModuleResolver.FolderOf(manifest.Path);
            var entries = Entries(manifest);
            _required.UnionWith(entries.Select(e => e.Count == 0 ? null : e[0]).OfType<string>().Concat(Started(manifest)).Select(p => Resolve(folder, p, all)).OfType<string>());
            var builds = entries.Select(e => e.Select(p => Resolve(folder, p, files)).OfType<string>().ToList()).SelectMany(e => e.Skip(1).Select(other => Builds(e[0], other))).OfType<Build>().Distinct().Take(MostBuilds).ToList();
            if (builds.Count == 0) continue;
            var own = files.Keys.Where(p => IsBelow(p, folder)).ToList();
            foreach (var build in builds) Compare(build, own, files);
        }
        foreach (var path in files.Keys) Elsewhere(path, files);
        LoadedPaths.TakeBack(analysed, _twins);
    }

    /// <summary>What packages give to those who require them, the first file of each entry; and what they install or start as a program.</summary>
    public IReadOnlySet<string> Required => _required;

    /// <summary>The file of the first build that says the same; "" where there is none.</summary>
    public string Of(string path)
    {
        var twin = "";
        while (_twins.TryGetValue(path, out var next)) twin = path = next;
        return twin;
    }

    // Where two files of one entry lie: folders, or endings of one folder where Ending is not "".
    private sealed record Build(string First, string Other, string Ending);

    private static Build? Builds(string first, string other)
    {
        var (a, b) = (Stem(first).Split('/'), Stem(other).Split('/'));
        var common = 0;
        while (common < Math.Min(a.Length, b.Length) && a[^(common + 1)] == b[^(common + 1)]) common++;
        if (common == 0 || first == other) return null;
        if (common == a.Length && common == b.Length) return new(ModuleResolver.FolderOf(first), ModuleResolver.FolderOf(first), Path.GetExtension(other));
        return new(string.Join('/', a[..^common]), string.Join('/', b[..^common]), "");
    }

    // The files of the other build, each with the one of the same place in the first.
    private void Compare(Build build, List<string> own, Dictionary<string, SnapshotFile> files)
    {
        bool IsOther(string path) => IsBelow(path, build.Other) && (build.Ending.Length > 0 ? Path.GetExtension(path) == build.Ending : !(build.Other.Length < build.First.Length && IsBelow(path, build.First)));
        var firsts = own.Where(p => IsBelow(p, build.First) && !IsOther(p)).Order(StringComparer.Ordinal).GroupBy(p => Stem(Rest(p, build.First)), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        foreach (var path in own.Where(IsOther))
        {
            if (_twins.ContainsKey(path) || !firsts.TryGetValue(Stem(Rest(path, build.Other)), out var twin) || _twins.ContainsKey(twin)) continue;
            if (Words(files[path]).IsSubsetOf(Words(files[twin]))) _twins[path] = twin;
        }
    }

    // A folder named after a system of modules often holds what lies beside it once more, whether a manifest says so or not.
    private void Elsewhere(string path, Dictionary<string, SnapshotFile> files)
    {
        var parts = path.Split('/');
        for (var i = 0; i < parts.Length - 1; i++)
        {
            if (!OfModules.Contains(parts[i]) || _required.Contains(path) || _twins.ContainsKey(path)) continue;
            var twin = string.Join('/', parts.Where((_, at) => at != i));
            if (files.TryGetValue(twin, out var first) && !_twins.ContainsKey(twin) && files[path].Content.Length * MostOfTwin > first.Content.Length && Words(files[path]).IsSubsetOf(Words(first))) _twins[path] = twin;
        }
    }

    // Each entry of a package with the files that it is offered in; the one that require loads comes first.
    private static List<IReadOnlyList<string>> Entries(SnapshotFile manifest)
    {
        try
        {
            using var json = JsonDocument.Parse(manifest.Content, s_lenient);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return [];
            var main = MainFields.Where(f => root.TryGetProperty(f, out var v) && v.ValueKind == JsonValueKind.String).Select(f => root.GetProperty(f).GetString()!).ToList();
            if (!root.TryGetProperty("main", out _)) main.Insert(0, "index.js");
            List<IReadOnlyList<string>> entries = [];
            if (root.TryGetProperty("exports", out var exports) && exports.ValueKind == JsonValueKind.Object)
            {
                var paths = exports.EnumerateObject().Where(p => p.Name.StartsWith('.')).ToList();
                if (paths.Count == 0) main.AddRange(Leaves(exports));
                foreach (var path in paths)
                {
                    if (path.Name == ".") main.AddRange(Leaves(path.Value)); else entries.Add(Leaves(path.Value));
                }
            }
            entries.Insert(0, main);
            if (root.TryGetProperty("browser", out var browser) && browser.ValueKind == JsonValueKind.Object)
                entries.AddRange(browser.EnumerateObject().Where(p => p.Name.StartsWith('.') && p.Value.ValueKind == JsonValueKind.String).Select(p => (IReadOnlyList<string>)[p.Name, p.Value.GetString()!]));
            return entries;
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return []; // a broken manifest offers nothing
        }
    }

    // The programs of a package, and the files that its scripts hand to node.
    private static List<string> Started(SnapshotFile manifest)
    {
        try
        {
            using var json = JsonDocument.Parse(manifest.Content, s_lenient);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return [];
            List<string> found = json.RootElement.TryGetProperty("bin", out var bin) ? Leaves(bin) : [];
            if (json.RootElement.TryGetProperty("scripts", out var scripts)) found.AddRange(Leaves(scripts).SelectMany(s => Node().Matches(s)).Select(m => m.Groups[1].Value));
            return found;
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return []; // a broken manifest starts nothing
        }
    }

    private static List<string> Leaves(JsonElement value)
    {
        var found = new List<(string Path, bool IsRequired)>();
        Collect(value, false);
        return [.. found.OrderBy(f => f.IsRequired ? 0 : 1).Select(f => f.Path)];

        void Collect(JsonElement at, bool required)
        {
            if (at.ValueKind == JsonValueKind.String) found.Add((at.GetString()!, required));
            else if (at.ValueKind == JsonValueKind.Object) foreach (var condition in at.EnumerateObject()) Collect(condition.Value, required || condition.Name == "require");
            else if (at.ValueKind == JsonValueKind.Array) foreach (var item in at.EnumerateArray()) Collect(item, required);
        }
    }

    private static string? Resolve(string folder, string target, Dictionary<string, SnapshotFile> files)
    {
        var path = ModuleResolver.Join(folder, target);
        return new[] { path, path + ".js", path + ".mjs", path + ".cjs", path + "/index.js" }.FirstOrDefault(files.ContainsKey);
    }

    private static bool IsBelow(string path, string folder) => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Rest(string path, string folder) => folder.Length == 0 ? path : path[(folder.Length + 1)..];

    private static string Stem(string path) => path[..^Path.GetExtension(path).Length];

    // Names that compilers number, or mark as theirs, are one name.
    private static HashSet<string> Words(SnapshotFile file) =>
        Word().Matches(Encoding.Latin1.GetString(file.Content.Span)).Select(m => Number().Replace(m.Value, "").TrimStart('_')).Where(w => !Syntax.Contains(w)).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"[A-Za-z_$][\w$]*", RegexOptions.CultureInvariant)] private static partial Regex Word();
    [GeneratedRegex(@"\b(?:node|nodemon|ts-node|pm2\s+start|forever\s+start)\s+(?:-\S+\s+)*([\w./-]{1,200})", RegexOptions.CultureInvariant)] private static partial Regex Node();
    [GeneratedRegex(@"_\d{1,4}$", RegexOptions.CultureInvariant)] private static partial Regex Number();
}
