using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Domain;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>A file that may be taken.</summary>
/// <param name="Path">Relative POSIX path.</param>
/// <param name="Size">Bytes it says it has.</param>
/// <param name="Executable">Whether its owner may run it.</param>
/// <param name="Read">Reads it; throws <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/> or <see cref="LibGit2SharpException"/>.</param>
/// <param name="Id">Git's name of its content; "" where it comes from a disk.</param>
internal sealed record FileEntry(string Path, long Size, bool Executable, Func<byte[]> Read, string Id = "");

/// <summary>Collects the files of a state under the limits of size and number, and says of every other file why it is not there.</summary>
internal sealed class SnapshotBuilder
{
    /// <summary>Largest file that is taken, in bytes.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    /// <summary>Most files and folders of a snapshot: a small git repository can name billions of paths.</summary>
    public const int MaxEntries = 250_000;

    private const long MaxTotalBytes = 768L * 1024 * 1024;
    private const int LargestPointer = 1024;

    private readonly List<FileEntry> _entries = [];
    private readonly List<SnapshotFile> _files = [];
    private readonly List<LeftOut> _leftOut = [], _unread = [];
    private readonly List<string> _notes = [], _pointers = [];
    private int _seen;

    /// <summary>Whether there is room for one more; where not, the first that found none is recorded as unread.</summary>
    public bool HasRoom(string path)
    {
        if (_seen == MaxEntries) _unread.Add(new(path.LastIndexOf('/') is var slash and >= 0 ? path[..(slash + 1)] : LeftOut.Everything, $"more than {MaxEntries} files and folders: what follows was not read"));
        return _seen++ < MaxEntries;
    }

    public void Add(FileEntry entry) => _entries.Add(entry);

    public void LeaveOut(string path, string reason) => _leftOut.Add(new(path, reason));

    public void Fail(string path, string reason) => _unread.Add(new(path, reason));

    public void Note(string text) => _notes.Add(text);

    /// <summary>Reads the files, source code first, so that large data can't crowd it out.</summary>
    public void Read(CancellationToken ct)
    {
        var room = MaxTotalBytes;
        foreach (var entry in _entries.OrderBy(e => MayBeSource(e.Path) ? 0 : 1).ThenBy(e => e.Path, StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            if (entry.Size > MaxFileBytes) Refuse(entry, $"{entry.Size} bytes, more than the {MaxFileBytes >> 20} MiB a file may have");
            else if (entry.Size > room) Refuse(entry, $"{entry.Size} bytes, and the snapshot has its {MaxTotalBytes >> 20} MiB already");
            else room -= Take(entry);
        }
        _entries.Clear();
        if (_pointers.Count > 0)
            _notes.Add($"Git LFS: the content of {_pointers.Count} file(s) is not in the repository, only pointers to it ({string.Join(", ", _pointers.Order(StringComparer.Ordinal).Take(5))}{(_pointers.Count > 5 ? ", …" : "")}).");
    }

    /// <summary>Files listed and not yet read.</summary>
    public IReadOnlyList<FileEntry> Entries => _entries;

    /// <summary>Files taken so far.</summary>
    public IReadOnlyList<SnapshotFile> Files => _files;

    /// <summary>The snapshot; <paramref name="target"/> gets its digest.</summary>
    public Snapshot Build(ScanTarget target, CommitInfo? commit)
    {
        _files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new(target with { Digest = Digest(_files) }, commit, _files, Ordered(_leftOut), Ordered(_unread), _notes);
    }

    /// <summary>Whether there is nothing to scan and nothing that should have been.</summary>
    public bool IsEmpty => _files.Count == 0 && _unread.Count == 0;

    /// <summary>What was left out, for a sentence: "" or a part in brackets.</summary>
    public string LeftOutInShort() => _leftOut.FirstOrDefault(l => l.Reason != LeftOutFolders.VersionControl) is { } first ? $" (left out: {_leftOut.Count}, such as '{first.Path}': {first.Reason})" : "";

    /// <summary>Paths that are not among the files, and why is recorded.</summary>
    public IEnumerable<string> Missing => _leftOut.Concat(_unread).Select(l => l.Path);

    private long Take(FileEntry entry)
    {
        try
        {
            var content = entry.Read();
            if (content.Length <= LargestPointer && content.AsSpan().StartsWith("version https://git-lfs"u8) && content.AsSpan().IndexOf("\noid "u8) > 0)
            {
                _pointers.Add(entry.Path);
                Refuse(entry, "only a Git LFS pointer; its content is not here");
                return 0;
            }
            _files.Add(new(entry.Path, content, entry.Executable));
            return content.Length;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or LibGit2SharpException)
        {
            _unread.Add(new(entry.Path, "could not be read: " + Reason(problem)));
            return 0;
        }
    }

    // What no language of the engine is written in can't hide a weakness that would have been found.
    private void Refuse(FileEntry entry, string reason)
    {
        if (MayBeSource(entry.Path)) _unread.Add(new(entry.Path, reason));
        else _leftOut.Add(new(entry.Path, reason));
    }

    private static bool MayBeSource(string path) => GrammarDetection.Detect(path) is not null || Path.GetFileName(path) is "package.json" or "tsconfig.json";

    /// <summary>A reason for people: the library's messages quote paths of the host.</summary>
    internal static string Reason(Exception problem) => problem switch
    {
        NotFoundException => "the object is missing",
        LibGit2SharpException => "the object is damaged",
        UnauthorizedAccessException => "no permission",
        FileNotFoundException or DirectoryNotFoundException => "it is gone",
        _ => problem.Message.Contains('/', StringComparison.Ordinal) ? "an error of the file system" : problem.Message,
    };

    private static List<LeftOut> Ordered(List<LeftOut> list) => [.. list.Distinct().OrderBy(l => l.Path, StringComparer.Ordinal).ThenBy(l => l.Reason, StringComparer.Ordinal)];

    private static string Digest(IEnumerable<SnapshotFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) hash.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{Convert.ToHexStringLower(SHA256.HashData(file.Content.Span))}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
