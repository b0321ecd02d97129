using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>An opened location.</summary>
/// <param name="Location">As it was given.</param>
/// <param name="Folder">The folder that is read; for a bare repository the repository itself.</param>
/// <param name="Repository">The repository it is in, or null.</param>
/// <param name="Tracking">What the repository says of the folder's files; null where there is no repository, or no folder of files but only the object store.</param>
/// <param name="Note">What the reader must know; "" for nothing.</param>
internal sealed record Place(Location Location, string Folder, Repository? Repository, Tracking? Tracking, string Note) : IDisposable
{
    /// <summary>Whether there is no folder of files, only the object store.</summary>
    public bool IsBare => Repository is not null && Tracking is null;

    /// <summary>The folder within the repository: "" or a path with "/" at its end.</summary>
    public string Prefix => Tracking?.Prefix ?? "";

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
        if (location.IsUrl) return (IsRepository(path) ? path : GitFolders.Of(path)) is { Length: > 0 } repository ? InGit("", repository) : Fail($"'{location.Display}': there is no git repository.");
        // The top of a folder is found by its ".git", never by what the repository's own settings say ("core.worktree" may name any folder).
        for (var top = path; top is not null; top = Path.GetDirectoryName(top))
        {
            if (!Path.Exists(Path.Combine(top, ".git"))) continue;
            var own = GitFolders.Of(top);
            if (own.Length == 0) return Plain("Its .git names no repository that belongs to it: the folder was taken as it is, with no regard to git.");
            if (path == own || !path.StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return InGit(top, own);
            return Fail($"'{location.Display}' is a folder inside a git repository's own files.");
        }
        // A folder that holds a repository's own files, or what is left of them.
        return IsRepository(path) ? InGit("", path) : Plain("");

        SourceOutcome<Place> InGit(string top, string own)
        {
            var bare = top.Length == 0 || path == own;
            if (GitFolders.Hazard(own) is { Length: > 0 } hazard) return Fail($"'{location.Display}' can't be opened: {hazard}.");
            if (GitFolders.OtherFormat(own) is { Length: > 0 } format)
                return bare ? Fail($"'{location.Display}' is kept in the {format} format of git, which is not supported.") : Plain($"The repository is kept in the {format} format of git, which is not supported: the folder was taken as it is, with no regard to git.");
            if (!Repository.IsValid(own))
            {
                return IsRepository(own) ? Fail($"'{location.Display}' is a damaged git repository: its own files can't be opened.") : Plain("Its .git is no repository: the folder was taken as it is, with no regard to git.");
            }
            var opened = new Repository(bare ? own : top);
            if (bare) return new(new(location, path, opened, null, ""), "");
            var tracking = new Tracking(opened, top, top == path ? "" : Path.GetRelativePath(top, path).Replace('\\', '/') + "/");
            // An ignored folder is no part of the repository around it.
            if (!tracking.IsForeign) return new(new(location, path, opened, tracking, tracking.HasIgnores ? "" : "The repository's ignore files are no ordinary files: nothing counts as ignored."), "");
            opened.Dispose();
            return Plain("");
        }

        SourceOutcome<Place> Plain(string note) => new(new(location, path, null, null, note), "");
    }

    private static SourceOutcome<Place> Fail(string problem) => new(null, problem);

    // What every repository has, damaged ones too. An empty ".git" is none.
    private static bool IsRepository(string folder) =>
        Directory.Exists(Path.Combine(folder, "objects")) && (File.Exists(Path.Combine(folder, "config")) || File.Exists(Path.Combine(folder, "HEAD")) || Directory.Exists(Path.Combine(folder, "refs")));
}
