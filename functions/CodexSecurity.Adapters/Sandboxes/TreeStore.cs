using System.Collections.Concurrent;
using System.Runtime.Versioning;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// Makes host folders readable for the unprivileged uid of a run: a folder below a private parent is copied once per process
/// (regular files only) and the copy is removed at exit; others are used in place.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class TreeStore
{
    private const UnixFileMode OthersMayPass = UnixFileMode.OtherExecute;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_copies = new(StringComparer.Ordinal);
    private static readonly Lazy<string> s_root = new(CreateRoot);

    public static string Readable(string path)
    {
        string full = Path.GetFullPath(path);
        for (string? at = full; at is not null; at = Path.GetDirectoryName(at))
        {
            if ((File.GetUnixFileMode(at) & OthersMayPass) == 0)
            {
                return s_copies.GetOrAdd(full, key => new Lazy<string>(() => Copy(key))).Value;
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
