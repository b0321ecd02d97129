using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// Makes host folders readable for the unprivileged uid of a run: a folder below a private parent is copied once for each state it has
/// (regular files only) and the copy is removed at exit; others are used in place.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class TreeStore
{
    private const UnixFileMode OthersMayPass = UnixFileMode.OtherExecute;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_copies = new(StringComparer.Ordinal);
    private static readonly Lazy<string> s_root = new(CreateRoot);
    private static readonly Lazy<string> s_stage = new(NewFolder);

    public static string Readable(string path)
    {
        string full = Path.GetFullPath(path);
        for (string? at = full; at is not null; at = Path.GetDirectoryName(at))
        {
            if ((File.GetUnixFileMode(at) & OthersMayPass) == 0)
            {
                return s_copies.GetOrAdd(full + "\n" + Stamp(full), _ => new Lazy<string>(() => Copy(full))).Value;
            }
        }

        return full;
    }

    /// <summary>A new empty folder that any uid may read, removed when the process ends.</summary>
    public static string NewFolder()
    {
        string folder = Path.Combine(s_root.Value, Path.GetRandomFileName());
        Directory.CreateDirectory(folder, (UnixFileMode)0x1ED);
        return folder;
    }

    /// <summary>An empty folder that stays empty: runs cover it in mount namespaces of their own.</summary>
    public static string Stage => s_stage.Value;

    // Names, sizes and times: a folder that was changed between two runs (a patch applied) must not give its old content.
    private static string Stamp(string folder)
    {
        var entries = new DirectoryInfo(folder).EnumerateFiles("*", s_noLinks)
            .Select(file => $"{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}").Order(StringComparer.Ordinal);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', entries))));
    }

    private static string Copy(string source)
    {
        string target = NewFolder();
        foreach (string folder in Directory.EnumerateDirectories(source, "*", s_noLinks))
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, folder)), (UnixFileMode)0x1ED);
        }

        foreach (string file in Directory.EnumerateFiles(source, "*", s_noLinks))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, File.GetUnixFileMode(copy) | UnixFileMode.OtherRead);
        }

        return target;
    }

    private static readonly EnumerationOptions s_noLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device,
    };

    private static string CreateRoot()
    {
        string root = Directory.CreateTempSubdirectory("codex-security-").FullName;
        File.SetUnixFileMode(root, (UnixFileMode)0x1C9); // rwx--x--x: names are not listed
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, true);
        return root;
    }
}
