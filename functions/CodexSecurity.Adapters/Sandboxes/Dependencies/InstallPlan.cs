using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// What to install for a module: a manifest of our own with the production and peer dependencies of the package that holds it and of
/// the packages around that (a workspace's root). The project's own manifest never reaches npm, nor its <c>.npmrc</c>.
/// </summary>
/// <param name="Dependencies">Name to what the registry is asked for: a range, a tag or an alias.</param>
/// <param name="Optional">The same; may fail.</param>
/// <param name="OptionalPeers">Installed only where the package can't be loaded without them; of a package without dependencies also those for its development, among which some forget what they need.</param>
/// <param name="Overrides">The <c>overrides</c> of the outermost manifest where they name nothing but the registry, else null.</param>
/// <param name="Lock">The package lock beside a single manifest, else null. Locks of other package managers are not read.</param>
/// <param name="Folder">Of the innermost manifest, relative; "" for the top.</param>
/// <param name="Dropped">Names that come from elsewhere than the registry (git, file, workspace), with what they ask for.</param>
internal sealed partial record InstallPlan(
    ImmutableSortedDictionary<string, string> Dependencies, ImmutableSortedDictionary<string, string> Optional,
    ImmutableSortedDictionary<string, string> OptionalPeers, string? Overrides, byte[]? Lock, string Folder, ImmutableArray<string> Dropped)
{
    private const long LargestManifest = 1 << 20, LargestLock = 32 << 20;
    private const int MostDependencies = 1000;
    private static readonly string[] s_locks = ["npm-shrinkwrap.json", "package-lock.json"];

    public bool IsEmpty => Dependencies.IsEmpty && Optional.IsEmpty && OptionalPeers.IsEmpty;

    /// <summary>Reads the manifests from <paramref name="folder"/> (relative, "" for the top) outwards. Throws <see cref="JsonException"/> for a broken one.</summary>
    public static InstallPlan Read(string top, string folder)
    {
        try
        {
            return Of(top, folder);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException(error.Message, error); // see HostileJson
        }
    }

    private static InstallPlan Of(string top, string folder)
    {
        var (dependencies, optional, peers) = (ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal),
            ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal), ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal));
        var (dropped, development) = (new SortedSet<string>(StringComparer.Ordinal), new List<(string Name, string Wanted)>());
        string? overrides = null;
        var manifests = Folders(top, folder).Select(at => Path.Combine(at, "package.json")).Where(path => IsPlainFile(path, LargestManifest)).ToList();
        foreach (string path in manifests)
        {
            using var json = JsonDocument.Parse(WithoutMark(File.ReadAllBytes(path)), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 32 });
            var root = json.RootElement;
            foreach (var (name, wanted) in Section(root, "dependencies", dropped)) dependencies.TryAdd(name, wanted);
            foreach (var (name, wanted) in Section(root, "optionalDependencies", dropped)) optional.TryAdd(name, wanted);
            foreach (var (name, wanted) in Section(root, "peerDependencies", dropped)) (IsOptionalPeer(root, name) ? peers : dependencies).TryAdd(name, wanted);
            // What is not from the registry is not missed: it was not asked for.
            development.AddRange(Section(root, "devDependencies", []));
            overrides = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("overrides", out var map) && map.ValueKind == JsonValueKind.Object && OnlyRegistry(map) ? map.GetRawText() : null;
        }

        if (dependencies.Count + optional.Count == 0)
        {
            foreach (var (name, wanted) in development) peers.TryAdd(name, wanted);
        }

        if (dependencies.Count + optional.Count > MostDependencies)
        {
            throw new JsonException($"more than {MostDependencies} dependencies");
        }

        string? locked = manifests.Count == 1 && dropped.Count == 0
            ? s_locks.Select(name => Path.Combine(Path.GetDirectoryName(manifests[0])!, name)).FirstOrDefault(path => IsPlainFile(path, LargestLock)) : null;
        string inner = manifests.Count == 0 ? "" : Path.GetRelativePath(top, Path.GetDirectoryName(manifests[0])!);
        inner = inner == "." ? "" : inner;
        return new InstallPlan(dependencies.ToImmutable(), optional.ToImmutable(), peers.ToImmutable(), overrides, locked is null ? null : File.ReadAllBytes(locked), inner, [.. dropped]);
    }

    // Editors put a byte order mark before the text; npm ignores it.
    private static ReadOnlyMemory<byte> WithoutMark(byte[] text) => text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? text.AsMemory(Encoding.UTF8.Preamble.Length) : text;

    /// <summary>The manifest that npm gets.</summary>
    public byte[] Manifest()
    {
        static JsonObject Map(ImmutableSortedDictionary<string, string> map) => new(map.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        var manifest = new JsonObject
        {
            ["name"] = "setup", ["version"] = "0.0.0", ["private"] = true, ["dependencies"] = Map(Dependencies), ["optionalDependencies"] = Map(Optional),
        };
        if (Overrides is not null)
        {
            manifest["overrides"] = JsonNode.Parse(Overrides);
        }

        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    public static bool IsName(string name) => name.Length <= 214 && Name().IsMatch(name);

    // From the inside out; the folder may also be a file's path.
    private static IEnumerable<string> Folders(string top, string folder)
    {
        if (folder.Length > 0 && !SpecCheck.IsRelative(folder))
        {
            throw new ArgumentException("the folder is relative, without '..'", nameof(folder));
        }

        for (string? at = folder; ; at = Path.GetDirectoryName(at))
        {
            if (string.IsNullOrEmpty(at))
            {
                yield return top;
                yield break;
            }

            yield return Path.Combine(top, at);
        }
    }

    private static IEnumerable<(string Name, string Wanted)> Section(JsonElement root, string section, SortedSet<string> dropped)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(section, out var map) || map.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var entry in map.EnumerateObject().Where(entry => IsName(entry.Name) && entry.Value.ValueKind == JsonValueKind.String))
        {
            string wanted = entry.Value.GetString()!.Trim();
            if (IsRegistry(wanted))
            {
                yield return (entry.Name, wanted);
            }
            else
            {
                dropped.Add($"{entry.Name} ({(wanted.Length > 60 ? wanted[..60] : wanted)})");
            }
        }
    }

    private static bool IsOptionalPeer(JsonElement root, string name) =>
        root.TryGetProperty("peerDependenciesMeta", out var meta) && meta.ValueKind == JsonValueKind.Object && meta.TryGetProperty(name, out var entry)
        && entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("optional", out var optional) && optional.ValueKind == JsonValueKind.True;

    // Whatever names a place has a colon or a slash: git+ssh:, https:, file:, link:, workspace:, catalog:, owner/repository, ./folder.
    private static bool IsRegistry(string wanted)
    {
        string rest = wanted;
        if (wanted.StartsWith("npm:", StringComparison.Ordinal))
        {
            int at = wanted.LastIndexOf('@');
            string name = at > 4 ? wanted[4..at] : wanted[4..];
            rest = at > 4 ? wanted[(at + 1)..] : "";
            if (!IsName(name))
            {
                return false;
            }
        }

        return rest.Length <= 256 && !rest.AsSpan().ContainsAny(":/\\") && !rest.AsSpan().ContainsAnyInRange('\0', '\u001f');
    }

    private static bool OnlyRegistry(JsonElement map) => map.EnumerateObject().All(entry => entry.Value.ValueKind switch
    {
        JsonValueKind.String => IsRegistry(entry.Value.GetString()!),
        JsonValueKind.Object => OnlyRegistry(entry.Value),
        _ => false,
    });

    private static bool IsPlainFile(string path, long largest) =>
        File.Exists(path) && (File.GetAttributes(path) & FileAttributes.ReparsePoint) == 0 && new FileInfo(path).Length is > 0 and var length && length <= largest;

    [GeneratedRegex("^(@[A-Za-z0-9~_-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
