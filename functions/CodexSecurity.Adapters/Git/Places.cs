using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>An opened location.</summary>
/// <param name="Location">As it was given.</param>
/// <param name="Folder">The folder that is read; for a bare repository the repository itself.</param>
/// <param name="Repository">The repository it is in, or null.</param>
/// <param name="IsBare">Whether there is no folder of files, only the object store.</param>
/// <param name="Prefix">The folder within the repository: "" or a path with "/" at its end.</param>
/// <param name="Note">What the reader must know; "" for nothing.</param>
internal sealed record Place(Location Location, string Folder, Repository? Repository, bool IsBare, string Prefix, string Note) : IDisposable
{
    /// <summary>The pinned state, its digest still to be filled in.</summary>
    public ScanTarget Target(TargetKind kind, string? revision, string branch)
    {
        var remote = Locations.Canonical(Location.IsUrl ? Location.Text : Remote());
        var below = Prefix.TrimEnd('/');
        var folder = Path.GetFileName(Folder.TrimEnd('/', '\\'));
        if (folder == ".git") folder = Path.GetFileName(Path.GetDirectoryName(Folder.TrimEnd('/', '\\'))) ?? folder;
        var name = remote.Length > 0 ? Locations.Name(remote) : Path.GetFileNameWithoutExtension(folder) is { Length: > 0 } bare && IsBare ? bare : folder;
        if (name.Length == 0) name = "root";
        var identity = (remote.Length > 0 ? remote : "folder:" + name) + (below.Length > 0 && remote.Length > 0 ? "//" + below : "");
        return new(kind, Locations.Identity(identity), below.Length > 0 && remote.Length > 0 ? $"{name}/{below}" : name, revision, null, branch, "");
    }

    /// <summary>Branch that is checked out; "" for none.</summary>
    public string Branch() => Repository is { Info.IsHeadDetached: false } r ? r.Head.FriendlyName : "";

    /// <inheritdoc/>
    public void Dispose() => Repository?.Dispose();

    private string? Remote() => Repository is null ? null : (Repository.Network.Remotes["origin"] ?? Repository.Network.Remotes.FirstOrDefault())?.Url;
}

/// <summary>Opens locations.</summary>
internal static class Places
{
    /// <summary>Finds out whether a path is a folder in git, a bare repository or neither.</summary>
    public static SourceOutcome<Place> Open(Location location, string path)
    {
        if (File.Exists(path)) return Fail($"'{location.Display}' is a file; give the folder of a project.");
        if (!Directory.Exists(path)) return Fail($"'{location.Display}' does not exist.");
        // The top of a folder is found by its ".git", never by what the repository's own settings say ("core.worktree" may name any folder).
        for (var top = path; top is not null; top = Path.GetDirectoryName(top))
        {
            var mark = Path.Combine(top, ".git");
            if (!Path.Exists(mark)) continue;
            if (!Repository.IsValid(top))
            {
                if (top != path) return Ok(null, false, "");
                if (IsDamaged(mark)) return Fail($"'{location.Display}' is a damaged git repository: its .git folder can't be opened.");
                return Ok(null, false, "", "What .git names is no repository: the folder was taken as it is, with no regard to git.");
            }
            return InGit(top);
        }
        // A folder that holds a repository's own files.
        return Repository.IsValid(path) ? Ok(new Repository(path), true, "")
            : IsDamaged(path) ? Fail($"'{location.Display}' is a damaged git repository: it can't be opened.") : Ok(null, false, "");

        SourceOutcome<Place> InGit(string top)
        {
            var prefix = top == path ? "" : Path.GetRelativePath(top, path).Replace('\\', '/') + "/";
            var inside = prefix.StartsWith(".git/", StringComparison.Ordinal);
            if (inside && prefix != ".git/") return Fail($"'{location.Display}' is a folder inside a git repository's own files.");
            var repository = new Repository(inside ? path : top);
            if (inside) return Ok(repository, true, "");
            if (prefix.Length == 0 || !new Tracking(repository, prefix).IsEmpty || !repository.Ignore.IsPathIgnored(prefix)) return Ok(repository, false, prefix);
            // An ignored folder is no part of the repository around it.
            repository.Dispose();
            return Ok(null, false, "");
        }

        SourceOutcome<Place> Ok(Repository? repository, bool bare, string prefix, string note = "") => new(new(location, path, repository, bare, prefix, note), "");
    }

    private static SourceOutcome<Place> Fail(string problem) => new(null, problem);

    // It has what every repository has, and still can't be opened. An empty ".git" is no repository.
    private static bool IsDamaged(string folder) =>
        Directory.Exists(Path.Combine(folder, "objects")) && (File.Exists(Path.Combine(folder, "config")) || File.Exists(Path.Combine(folder, "HEAD")) || Directory.Exists(Path.Combine(folder, "refs")));
}
