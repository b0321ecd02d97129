namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Tools of the host that the sandbox shows. Those below /usr and /opt need nothing; others are bound one by one.</summary>
internal static class HostTools
{
    /// <summary>The <c>node</c> of the host's search path without links, or null.</summary>
    public static string? Node { get; } = Find("node");

    /// <summary>npm's own script (<c>npm-cli.js</c>), or null. It is started by node itself, since its launcher is a link or a shell script.</summary>
    public static string? NpmScript { get; } = FindNpm();

    /// <summary>Folders outside /usr and /opt that hold these tools.</summary>
    public static IReadOnlyList<string> Folders { get; } = [.. new[] { Path.GetDirectoryName(Node), NpmFolder }.OfType<string>().Where(IsOutside).Distinct()];

    /// <summary>PATH inside.</summary>
    public static string SearchPath => "/canary/bin:" + string.Join(':', Folders.Append("/usr/local/bin").Append("/usr/bin").Append("/bin"));

    private static string? NpmFolder => NpmScript is null ? null : Path.GetDirectoryName(Path.GetDirectoryName(NpmScript));

    private static bool IsOutside(string folder) => !folder.StartsWith("/usr/", StringComparison.Ordinal) && !folder.StartsWith("/opt/", StringComparison.Ordinal);

    private static string? Find(string name)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(folder => folder.StartsWith('/'))
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return found is null ? null : File.ResolveLinkTarget(found, true)?.FullName ?? found;
    }

    // Beside node, where npm comes with it: PREFIX/bin/node and PREFIX/lib/node_modules/npm.
    private static string? FindNpm()
    {
        string? linked = Find("npm");
        string? prefix = Path.GetDirectoryName(Path.GetDirectoryName(Node));
        return new[] { linked, prefix is null ? null : Path.Combine(prefix, "lib/node_modules/npm/bin/npm-cli.js"), "/usr/share/nodejs/npm/bin/npm-cli.js" }
            .FirstOrDefault(path => path is not null && path.EndsWith("npm-cli.js", StringComparison.Ordinal) && File.Exists(path));
    }
}
