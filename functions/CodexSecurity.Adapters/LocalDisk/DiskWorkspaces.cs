using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Workspaces;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>
/// Trees on this machine's disk: each is written once and removed when the process ends. Equal files are one file with several names: a patched
/// state costs what it changed. Nothing may write into a tree.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed partial class DiskWorkspaces : IWorkspaces
{
    private const int LongestName = 255;
    private const UnixFileMode Plain = (UnixFileMode)0x1A4, Program = (UnixFileMode)0x1ED;

    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _trees = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _written = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A path leaves the tree, or stands for two files.</exception>
    /// <exception cref="IOException">Disk full or not writable.</exception>
    public async Task<SandboxTree> ShowAsync(string key, IReadOnlyList<SnapshotFile> files, string target, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (var file in files) Check(file.Path);
        var identity = $"{key}\n{Outline(files)}";
        var tree = _trees.GetOrAdd(identity, _ => new(() => Task.Run(() => Write(files), CancellationToken.None)));
        try
        {
            return new(await tree.Value.WaitAsync(ct).ConfigureAwait(false), target);
        }
        catch (Exception) when (tree.Value.IsFaulted)
        {
            // The next caller tries again.
            _trees.TryRemove(new(identity, tree));
            throw;
        }
    }

    private string Write(IReadOnlyList<SnapshotFile> files)
    {
        var root = SandboxFolders.Create();
        try
        {
            var folders = new HashSet<string>(StringComparer.Ordinal) { root };
            foreach (var file in files)
            {
                // A git tree can hold names that no disk takes; nothing can load such a file either.
                if (file.Path.Split('/').Any(s => Encoding.UTF8.GetByteCount(s) > LongestName)) continue;
                var path = Path.Combine(root, file.Path);
                Folder(Path.GetDirectoryName(path)!, folders);
                var content = $"{Convert.ToHexString(SHA256.HashData(file.Content.Span))}{file.Executable}";
                if (_written.TryGetValue(content, out var same) && link(same, path) == 0) continue;
                // Never over something that is there: a name that stands twice is an error, and no link can be written through.
                using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)) stream.Write(file.Content.Span);
                File.SetUnixFileMode(path, file.Executable ? Program : Plain);
                _written[content] = path;
            }
            return root;
        }
        catch
        {
            Directory.Delete(root, true);
            throw;
        }
    }

    // The mode is set apart from the making, which the process's mask would narrow: another user reads the tree.
    private static void Folder(string path, HashSet<string> known)
    {
        if (!known.Add(path)) return;
        Folder(Path.GetDirectoryName(path)!, known);
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Program);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int link(string from, string to);

    private static void Check(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Any(s => s is "" or "." or ".."))
            throw new ArgumentException($"\"{path}\" is no relative path");
    }

    // The key names the contents; names and sizes guard against a key that was given twice.
    private static string Outline(IReadOnlyList<SnapshotFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) hash.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Content.Length}\0{file.Executable}\n"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
