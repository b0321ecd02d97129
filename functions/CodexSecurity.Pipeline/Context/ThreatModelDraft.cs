using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Context;

/// <summary>Drafts a threat model from facts of the code and the package manifests; no model service takes part.</summary>
public static class ThreatModelDraft
{
    private const int MostItems = 60;

    /// <summary>Weights of the source kinds where nobody has said otherwise.</summary>
    public static IReadOnlyDictionary<string, double> DefaultWeights { get; } = new SortedDictionary<string, double>(StringComparer.Ordinal)
    {
        ["command-line"] = 0.4, ["environment"] = 0.2, ["file-content"] = 0.4, ["http-request"] = 1.0, ["library-input"] = 0.8, ["message"] = 0.9, ["stored"] = 0.4,
    };

    /// <summary>Drafts the model. Everything it says carries its place.</summary>
    public static ThreatModel Draft(AnalysisResult result, IReadOnlyList<SourceFile> manifests)
    {
        var (name, description) = Package(manifests);
        var http = result.EntryPoints.Any(e => e.Kind is EntryPointKind.HttpRoute or EntryPointKind.HttpServer);
        var library = result.EntryPoints.Any(e => e.Kind is EntryPointKind.LibraryExport or EntryPointKind.PageScript);
        var what = http ? "an HTTP application" : result.EntryPoints.Any(e => e.Kind == EntryPointKind.CommandLine) && !library ? "a command-line program" : library ? "a library" : "a project without an entry point that was found";
        var entries = Items(result.EntryPoints.Where(e => e.Kind != EntryPointKind.ModuleLoad)
            .Select(e => new ModelItem(EntryName(e), Kind(e.Kind), Place(e.Location))));
        var auth = Items(result.EntryPoints.Where(e => e.Guards.Count > 0).Select(e => new ModelItem($"{EntryName(e)} is guarded by {string.Join(", ", e.Guards)}", "guard", Place(e.Location)))
            .Concat(Facts(result, "auth-check")));
        var open = result.EntryPoints.Where(e => e.Kind == EntryPointKind.HttpRoute && e.Guards.Count == 0).ToList();
        var boundaries = new List<ModelItem>();
        if (http) boundaries.Add(new ModelItem("Network to application: every part of an HTTP request is untrusted", "http-request", First(result, EntryPointKind.HttpRoute, EntryPointKind.HttpServer)));
        if (library) boundaries.Add(new ModelItem("Caller to library: arguments of exported functions may hold attacker data", "library-input", First(result, EntryPointKind.LibraryExport, EntryPointKind.PageScript)));
        if (result.EntryPoints.Any(e => e.Kind == EntryPointKind.MessageHandler)) boundaries.Add(new ModelItem("Message broker to application: message bodies are untrusted", "message", First(result, EntryPointKind.MessageHandler)));
        if (result.EntryPoints.Any(e => e.Kind == EntryPointKind.CommandLine)) boundaries.Add(new ModelItem("User of the machine to program: arguments are as trusted as the user", "command-line", First(result, EntryPointKind.CommandLine)));
        if (result.Facts.Any(f => f.Kind == "process-start")) boundaries.Add(new ModelItem("Application to operating system: commands run with the application's rights", "process-start", Place(result.Facts.First(f => f.Kind == "process-start").Location)));
        var focus = new List<string>();
        if (open.Count > 0) focus.Add(FormattableString.Invariant($"{open.Count} routes without a guard that was recognised"));
        foreach (var kind in new[] { "process-start", "database", "file-write", "template-engine" })
        {
            var files = result.Facts.Where(f => f.Kind == kind).Select(f => f.Location.Path).Distinct().OrderBy(p => p, StringComparer.Ordinal).Take(5).ToList();
            if (files.Count > 0) focus.Add($"{kind} in {string.Join(", ", files)}");
        }
        return new ThreatModel(
            $"{name} is {what}{(description.Length > 0 ? ": " + description : "")}. {(http ? "An attacker sends requests over the network." : library ? "An attacker controls values that a program passes on to it." : "An attacker controls its inputs.")}",
            DefaultWeights, entries, boundaries, auth,
            Items(Facts(result, "sensitive-data")), Items(Facts(result, "privileged-action", "process-start", "file-write")), Items(Facts(result, "external-service", "database")),
            Components(result, http), ["**/node_modules/**"], focus, "", "drafted");
    }

    private static List<ModelComponent> Components(AnalysisResult result, bool http)
    {
        var byFolder = result.Coverage.Select(f => f.Path).Where(p => p.Length > 0)
            .GroupBy(p => p.Contains('/') ? p[..p.IndexOf('/')] : "", StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        var components = new List<ModelComponent>();
        foreach (var folder in byFolder.Take(40))
        {
            var entry = result.EntryPoints.Where(e => Folder(e.Location.Path) == folder.Key).ToList();
            var role = CodeFolder(folder.Key);
            var exposure = role ? Exposure.None : entry.Any(e => e.Kind is EntryPointKind.HttpRoute or EntryPointKind.HttpServer) ? Exposure.Internet
                : entry.Any(e => e.Kind == EntryPointKind.LibraryExport) || http ? Exposure.Internet : entry.Any(e => e.Kind == EntryPointKind.CommandLine) ? Exposure.Local : Exposure.Internet;
            var valuable = result.Facts.Any(f => Folder(f.Location.Path) == folder.Key && f.Kind is "auth-check" or "sensitive-data" or "privileged-action");
            components.Add(new ModelComponent(folder.Key.Length == 0 ? "root" : folder.Key, [folder.Key.Length == 0 ? "*" : folder.Key + "/**"], exposure, role ? 1 : valuable ? 4 : 3));
        }
        return components;

        static string Folder(string path) => path.Contains('/') ? path[..path.IndexOf('/')] : "";
        static bool CodeFolder(string name) => name is "test" or "tests" or "__tests__" or "spec" or "examples" or "example" or "docs" or "doc" or "benchmark" or "benchmarks" or "bench" or "fixtures" or "e2e";
    }

    private static (string Name, string Description) Package(IReadOnlyList<SourceFile> manifests)
    {
        var manifest = manifests.Where(m => m.Path == "package.json" || m.Path.EndsWith("/package.json", StringComparison.Ordinal)).OrderBy(m => m.Path.Count(c => c == '/')).ThenBy(m => m.Path, StringComparer.Ordinal).FirstOrDefault();
        if (manifest is null) return ("This project", "");
        try
        {
            using var json = JsonDocument.Parse(manifest.Text);
            string Get(string key) => json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(key, out var v) && v.ValueKind == JsonValueKind.String ? Line(v.GetString()!) : "";
            return (Get("name") is { Length: > 0 } name ? name : "This project", Get("description").TrimEnd('.'));
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            // A manifest is hostile text: one that is no JSON says nothing.
            return ("This project", "");
        }
    }

    private static string Line(string text) => new([.. text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(200)]);

    private static IEnumerable<ModelItem> Facts(AnalysisResult result, params string[] kinds) =>
        result.Facts.Where(f => kinds.Contains(f.Kind)).Select(f => new ModelItem(Line(f.Detail), f.Kind, Place(f.Location)));

    private static IReadOnlyList<ModelItem> Items(IEnumerable<ModelItem> items) =>
        [.. items.Distinct().OrderBy(i => i.Kind, StringComparer.Ordinal).ThenBy(i => i.Place, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal).Take(MostItems)];

    private static string First(AnalysisResult result, params EntryPointKind[] kinds) => Place(result.EntryPoints.First(e => kinds.Contains(e.Kind)).Location);

    private static string EntryName(EntryPoint e) => Line(e.Route is { Length: > 0 } ? $"{e.HttpMethod ?? "*"} {e.Route}" : e.FunctionName.Length > 0 ? e.FunctionName : e.ModulePath);

    private static string Place(CodeLocation at) => FormattableString.Invariant($"{at.Path}:{at.StartLine}");

    private static string Kind(EntryPointKind kind) => kind switch
    {
        EntryPointKind.HttpRoute => "http-route", EntryPointKind.HttpServer => "http-server", EntryPointKind.CommandLine => "command-line",
        EntryPointKind.MessageHandler => "message", EntryPointKind.LibraryExport => "library-export", EntryPointKind.PageScript => "page-script", _ => "module-load",
    };
}
