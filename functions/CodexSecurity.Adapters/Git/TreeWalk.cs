using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>Lists a tree of the object store. No filter runs: blobs are read as they are stored.</summary>
internal sealed class TreeWalk(Repository repository, SnapshotBuilder builder)
{
    private const int MaxDepth = 256;

    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectId, byte[]> _contents = [];
    private readonly Links _links = new();

    /// <summary>Walks.</summary>
    public void Run(Tree root, CancellationToken ct)
    {
        Walk(root, "", 0, ct);
        _links.Report(builder);
    }

    // False where there is no room any more.
    private bool Walk(Tree tree, string folder, int depth, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        foreach (var entry in tree)
        {
            var path = folder + entry.Name;
            if (!builder.HasRoom(path)) return false;
            if (!LeftOutFolders.IsSegment(entry.Name)) builder.Fail(path, "a name that no file can have");
            else if (!_paths.Add(path)) builder.Fail(path, "a name that stands twice in its folder, or names that differ only in bytes that are no UTF-8");
            else if (entry.TargetType == TreeEntryTargetType.Tree)
            {
                if (!VisitFolder(entry, path, depth, ct)) return false;
            }
            else Visit(entry, path);
        }
        return true;
    }

    private bool VisitFolder(TreeEntry entry, string path, int depth, CancellationToken ct)
    {
        var reason = LeftOutFolders.Reason(entry.Name);
        if (reason.Length > 0)
        {
            builder.LeaveOut(path + "/", reason);
            return true;
        }
        if (depth == MaxDepth)
        {
            builder.Fail(path + "/", $"more than {MaxDepth} folders deep");
            return true;
        }
        try
        {
            return Walk((Tree)entry.Target, path + "/", depth + 1, ct);
        }
        catch (LibGit2SharpException problem)
        {
            builder.Fail(path + "/", "could not be read: " + SnapshotBuilder.Reason(problem));
            return true;
        }
    }

    private void Visit(TreeEntry entry, string path)
    {
        try
        {
            var id = entry.Target.Id;
            if (entry.TargetType == TreeEntryTargetType.GitLink) builder.LeaveOut(path, "a submodule: a repository of its own");
            else if (LeftOutFolders.IsVersionControlFile(entry.Name)) builder.LeaveOut(path, LeftOutFolders.VersionControl);
            else
            {
                // Only the header: asking the blob for its size would read it whole.
                var size = repository.ObjectDatabase.RetrieveObjectMetadata(id).Size;
                if (entry.Mode == Mode.SymbolicLink) _links.Add(path, size > 4096 ? "" : System.Text.Encoding.UTF8.GetString(Content(id)));
                else builder.Add(new(path, size, entry.Mode == Mode.ExecutableFile, () => Content(id), id.Sha));
            }
        }
        catch (LibGit2SharpException problem)
        {
            builder.Fail(path, "could not be read: " + SnapshotBuilder.Reason(problem));
        }
    }

    // A blob that stands at many paths is kept once.
    private byte[] Content(ObjectId id)
    {
        if (_contents.TryGetValue(id, out var known)) return known;
        var blob = repository.Lookup<Blob>(id) ?? throw new NotFoundException("missing");
        using var stream = blob.GetContentStream();
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return _contents[id] = content;
    }
}
