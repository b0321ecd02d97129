using System.Collections.Immutable;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>A file that the driver itself places: mode as in chmod.</summary>
internal sealed record LayoutFile(string Path, byte[] Content, int Mode);

/// <summary>
/// What a sandbox looks like inside, the same for each driver: everything is read-only but <see cref="Writable"/>, and nothing of the
/// host is shown but <see cref="Binds"/>.
/// </summary>
internal sealed record SandboxLayout(
    ImmutableArray<(string From, string To)> Binds, ImmutableArray<(string Target, string Path)> Links, ImmutableArray<LayoutFile> Files,
    ImmutableSortedDictionary<string, string> Environment, ImmutableArray<(string From, string To)> Copies)
{
    /// <summary>Memory-backed folders of the size of the disk limit.</summary>
    public static ImmutableArray<string> Writable { get; } = ["/tmp", "/dev/shm", "/work", "/out"];

    // Certificates and Java's settings hold no secret; the linker's cache and the alternatives are needed to start programs.
    private static readonly string[] s_settings =
        ["/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs", .. (Directory.Exists("/etc") ? Directory.GetDirectories("/etc", "java-*") : []).Order(StringComparer.Ordinal)];

    private static readonly string[] s_merged = ["bin", "sbin", "lib", "lib64"];

    /// <param name="spec">What to run.</param>
    /// <param name="extra">Binds of the driver's own caller.</param>
    /// <param name="readable">Makes a host folder readable for the uid of the run.</param>
    public static SandboxLayout For(SandboxSpec spec, IReadOnlyList<(string From, string To)> extra, Func<string, string> readable)
    {
        List<(string From, string To)> binds = [("/usr", "/usr")];
        List<(string From, string To)> copies = [];
        binds.AddRange(s_settings.Append("/opt").Where(Path.Exists).Select(path => (path, path)));
        binds.AddRange(HostTools.Folders.Select(folder => (readable(folder), folder)));
        binds.AddRange(extra);
        foreach (var tree in spec.Trees)
        {
            string inside = tree.Writable ? $"/trees/{copies.Count}" : tree.Target;
            binds.Add((readable(tree.HostPath), inside));
            if (tree.Writable)
            {
                copies.Add((inside, tree.Target));
            }
        }

        static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
        List<LayoutFile> files =
        [
            new("/etc/passwd", Text("app:x:1000:1000::/tmp:/bin/sh\n"), 0x124),
            new("/etc/group", Text("app:x:1000:\n"), 0x124),
            new("/etc/hosts", Text("127.0.0.1 localhost\n::1 localhost\n"), 0x124),
            new("/etc/nsswitch.conf", Text("passwd: files\ngroup: files\nhosts: files\n"), 0x124),
        ];
        files.AddRange(spec.CommandCanaries.Select(name => new LayoutFile($"/canary/bin/{name}", Text("#!/bin/sh\nexit 0\n"), 0x16D)));
        files.AddRange(spec.FileCanaries.Select(canary => new LayoutFile(canary.Path, canary.Content.ToArray(), 0x124)));
        var links = s_merged.Where(name => Directory.Exists("/" + name)).Select(name => ("usr/" + name, "/" + name));
        return new SandboxLayout([.. binds], [.. links], [.. files], spec.Environment.SetItem("PATH", HostTools.SearchPath).SetItem("HOME", "/tmp"), [.. copies]);
    }
}
