using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>Ways in which a project's server may be started, the most promising first.</summary>
public static partial class HttpStarts
{
    /// <summary>Folder that servers are told to serve and start in.</summary>
    public const string Root = "/work/run";

    private const string InItsFolder = " in its own folder", Assistance = " with stand-ins for databases, compiled modules and a signed-in visitor";
    private const int Port = 18080, Wait = 2500, MaxAssisted = 4;
    private static readonly HashSet<string> s_outside = new(StringComparer.Ordinal)
    {
        "mysql", "mysql2", "promise-mysql", "pg", "pg-promise", "sqlite3", "sqlite", "better-sqlite3", "mssql", "oracledb", "mongodb", "mongojs", "monk", "mongoose", "redis", "ioredis", "cassandra-driver", "mariadb",
        "tedious", "nedb", "memcached", "sequelize", "typeorm", "knex", "objection", "bookshelf", "bcrypt", "argon2", "libxmljs", "libxmljs2", "sharp", "canvas", "node-sass",
        "passport", "jsonwebtoken", "express-jwt", "express-session", "cookie-session", "client-sessions", "csurf",
    };

    private static readonly System.Buffers.SearchValues<char> s_shell = System.Buffers.SearchValues.Create("&|;<>$`\"'");
    private static readonly string[] s_usual = ["server.js", "app.js", "index.js", "main.js", "bin/www", "src/server.js", "src/app.js", "src/index.js", "dist/server.js", "dist/index.js"];

    /// <summary>All ways, without repetition.</summary>
    public static IReadOnlyList<HttpStart> Of(ValidationInput input)
    {
        var entry = input.Candidate.EntryPoint!;
        string package = input.Package, own = input.PackageRoot;
        var manifest = Manifest(input);
        string module = input.Loadable(entry.ModulePath), main = manifest.Main;
        bool command = manifest.Commands.Contains(entry.ModulePath, StringComparer.Ordinal) || entry.Kind == EntryPointKind.CommandLine;
        var starts = new List<HttpStart>();
        // Of routes that another file mounts that one makes a server; by themselves they lack what stands before them there.
        foreach (string server in Mounts.Servers(input.Texts, entry))
        {
            if (starts.Count == 0 && manifest.Start is { } usual) starts.Add(Npm(usual, own));
            starts.AddRange(Program(server).Take(1).Select(s => s with { Cwd = own, Name = s.Name + InItsFolder }));
            starts.Add(Export(input, input.Loadable(server), [], 0));
        }

        if (command) starts.AddRange(Program(entry.ModulePath));
        starts.Add(Export(input, module, Access(entry), 0));
        if (!command) starts.AddRange(Program(entry.ModulePath).Take(1));
        foreach (string other in manifest.Commands.Where(c => c != entry.ModulePath)) starts.AddRange(Program(other).Take(3));
        if (main.Length > 0 && main != entry.ModulePath) starts.Add(Export(input, $"{ProjectUnderTest.Folder}/{main}", [], 0));
        // As a dependant loads it.
        if (main.Length == 0) starts.Add(Export(input, own, [], 0));
        if (manifest.Start is { } script) starts.Add(Npm(script, own));
        foreach (int variant in new[] { 1, 2, 3, 4, 5, 6 }) starts.Add(Export(input, module, Access(entry), variant));
        foreach (string other in s_usual.Select(p => PackageFolders.In(package, p)).Where(p => input.Texts.Any(t => t.Path == p))) starts.AddRange(Program(other).Take(1).Select(s => s with { Cwd = own, Name = s.Name + InItsFolder }));
        if (main.Length > 0 && main != entry.ModulePath) for (int variant = 1; variant < 4; variant++) starts.Add(Export(input, $"{ProjectUnderTest.Folder}/{main}", [], variant));
        starts.Add(Export(input, own, [], 0));
        List<HttpStart> all = [.. starts.DistinctBy(s => s.Name + s.Cwd)];
        return NeedsAssistance(manifest.Dependencies) ? [.. all, .. all.Take(MaxAssisted).Select(s => s with { Assisted = true, Name = s.Name + Assistance })] : all;
    }

    // Packages that lead out of the sandbox, or that hold compiled code, or that ask who the visitor is.
    private static bool NeedsAssistance(IEnumerable<string> dependencies) => dependencies.Any(d => s_outside.Contains(d) || d.StartsWith("passport-", StringComparison.Ordinal) || d.StartsWith("connect-", StringComparison.Ordinal));

    private static HttpStart Npm(IReadOnlyList<string> script, string folder) => new($"npm start: {string.Join(' ', script)}", script, folder, Environment(), Wait);

    /// <summary>The same start as the only one of a run: the harness addresses starts by number.</summary>
    public static HttpStart Alone(HttpStart start) => start.Module is null ? start : start with { Command = ["node", "/work/poc/http-start.js", "0"] };

    /// <summary>The starts of one run, numbered.</summary>
    public static IReadOnlyList<HttpStart> Numbered(IReadOnlyList<HttpStart> starts) =>
        [.. starts.Select((s, i) => s.Module is null ? s : s with { Command = ["node", "/work/poc/http-start.js", i.ToString(System.Globalization.CultureInfo.InvariantCulture)] })];

    private static SortedDictionary<string, string> Environment() => new(StringComparer.Ordinal)
    {
        ["PORT"] = "18080", ["HOST"] = "127.0.0.1", ["NODE_ENV"] = "production", ["NODE_PATH"] = "/work/node_modules:/work/app/node_modules",
    };

    private static HttpStart Export(ValidationInput input, string file, IReadOnlyList<HarnessStep> access, int variant) => new(
        $"loading {file[(ProjectUnderTest.Folder.Length - 3)..]}{string.Concat(access.Select(a => "." + (a.Kind == "property" ? a.Name : a.Kind)))}, arguments {variant + 1}",
        ["node", "/work/poc/http-start.js", "0"], Root, Environment(), Wait + 2000, new HttpModule(file, access, Port, Root, variant, Texts(input)));

    private static IEnumerable<HttpStart> Program(string path)
    {
        string file = $"{ProjectUnderTest.Folder}/{path}";
        string[][] forms =
        [
            [], ["-p", "18080", Root], ["--port", "18080", "--root", Root], [Root], ["18080"], [Root, "18080"], ["start"], ["serve", Root], ["-p", "18080", "-d", Root], ["--port=18080", "--dir=" + Root],
        ];
        foreach (string[] form in forms) yield return new HttpStart($"node {path}{string.Concat(form.Select(f => " " + f))}", ["node", file, .. form], Root, Environment(), Wait);
    }

    // Names of options that the code reads.
    private static List<string> Texts(ValidationInput input)
    {
        var entry = input.Candidate.EntryPoint!;
        var shapes = entry.Parameters.Concat(entry.ConstructorParameters).Concat(entry.Access.SelectMany(a => a.Arguments));
        return [.. shapes.SelectMany(s => s.Properties).Where(p => p.CallbackParameters < 0 && p.Types.All(t => t is "string" or "number")).Select(p => p.Name).Where(n => n.Length is > 1 and < 40).Distinct(StringComparer.Ordinal).Take(40)];
    }

    private static IReadOnlyList<HarnessStep> Access(EntryPoint entry) => [.. entry.Access.Select(s => new HarnessStep(
        s.Kind switch { AccessKind.New => "new", AccessKind.Call => "call", _ => "property" }, s.Name, [.. s.Arguments.Select(a => ArgumentBuilder.Of(a))]))];

    private static (string Main, IReadOnlyList<string> Commands, IReadOnlyList<string>? Start, IReadOnlyList<string> Dependencies) Manifest(ValidationInput input)
    {
        if (input.Manifest is not { } file) return ("", [], null, []);
        try
        {
            using var json = JsonDocument.Parse(file.Text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return ("", [], null, []);
            var commands = json.RootElement.TryGetProperty("bin", out var bin) ? bin.ValueKind switch
            {
                JsonValueKind.String => [bin.GetString()!], JsonValueKind.Object => bin.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).Select(p => p.Value.GetString()!).ToList(), _ => new List<string>(),
            } : [];
            string main = json.RootElement.TryGetProperty("main", out var m) && m.ValueKind == JsonValueKind.String ? Placed(m.GetString()!) : "";
            string? start = json.RootElement.TryGetProperty("scripts", out var scripts) && scripts.ValueKind == JsonValueKind.Object && scripts.TryGetProperty("start", out var s) && s.ValueKind == JsonValueKind.String ? s.GetString() : null;
            string[] words = start?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            // Only plain "node file arguments", with settings before it that a server here has its own of: nothing of a shell is interpreted.
            words = [.. words.SkipWhile(w => w is "cross-env" || Setting().IsMatch(w))];
            bool plain = words.Length > 1 && words[0] is "node" or "nodejs" or "nodemon" or "supervisor" && !start!.AsSpan().ContainsAny(s_shell);
            return (main, [.. commands.Select(Placed).Where(c => c.Length > 0).Distinct(StringComparer.Ordinal)], plain ? ["node", .. words.Skip(1)] : null,
                json.RootElement.TryGetProperty("dependencies", out var used) && used.ValueKind == JsonValueKind.Object ? [.. used.EnumerateObject().Select(p => p.Name)] : []);
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return ("", [], null, []); // a broken manifest names nothing
        }

        string Placed(string path) => Plain(path) is { Length: > 0 } plain ? PackageFolders.In(input.Package, plain) : "";
    }

    private static string Plain(string path)
    {
        path = path.Replace('\\', '/');
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return path.StartsWith('/') || path.Split('/').Contains("..") ? "" : path.TrimEnd('/');
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]*=")]
    private static partial Regex Setting();
}
