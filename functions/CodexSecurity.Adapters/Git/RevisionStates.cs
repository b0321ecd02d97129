using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>States that are commits, read from the object store.</summary>
internal static class RevisionStates
{
    /// <summary>The files of a revision; HEAD where it is null.</summary>
    public static SourceOutcome<Snapshot> Take(Place place, string? revision, CancellationToken ct)
    {
        var (commit, problem) = Find(place, revision);
        if (commit is null) return new(null, problem);
        var tree = commit.Tree;
        if (place.Prefix.Length > 0)
        {
            if (commit[place.Prefix.TrimEnd('/')] is not { TargetType: TreeEntryTargetType.Tree } folder)
                return new(null, $"'{place.Location.Display}' is no folder of revision '{revision}'.");
            tree = (Tree)folder.Target;
        }
        var builder = new SnapshotBuilder();
        new TreeWalk(place.Repository!, builder).Run(tree, ct);
        builder.Read(ct);
        if (builder.IsEmpty) return new(null, $"'{place.Location.Display}' has no file to scan at revision {commit.Sha[..12]}{builder.LeftOutInShort()}.");
        return new(builder.Build(place.Target(TargetKind.GitRevision, commit.Sha, Branch(place, commit, revision)), Info(commit)), "");
    }

    /// <summary>Commits back along first parents.</summary>
    public static SourceOutcome<IReadOnlyList<CommitInfo>> History(Place place, string? revision, int count, CancellationToken ct)
    {
        var (commit, problem) = Find(place, revision);
        if (commit is null) return new(null, problem);
        var list = new List<CommitInfo>();
        for (var at = commit; at is not null && list.Count < count; at = Parent(at))
        {
            ct.ThrowIfCancellationRequested();
            list.Add(Info(at));
        }
        return new(list, "");
    }

    /// <summary>A commit as the product keeps it. The author is a name; an address is personal and stays in git.</summary>
    public static CommitInfo Info(Commit commit) => new(commit.Sha, commit.Author.Name, commit.Author.When.ToUniversalTime());

    private static (Commit? Commit, string Problem) Find(Place place, string? revision)
    {
        var (repository, shown) = (place.Repository!, place.Location.Display);
        if (!repository.Refs.Any() && repository.Head.Tip is null) return (null, $"'{shown}' is an empty repository: it has no commit yet.");
        if (revision is null) return repository.Head.Tip is { } tip ? (tip, "") : (null, $"'{shown}': HEAD names no commit; name the revision to scan.");
        var name = revision.Any(char.IsControl) ? "" : revision;
        try
        {
            // A clone has the branches of its origin as remote ones.
            var found = name.Length == 0 ? null : repository.Lookup(name) ?? repository.Lookup("refs/remotes/origin/" + name);
            if (found is null) return (null, $"'{shown}' has no revision '{Locations.Display(name)}'{(repository.Info.IsShallow ? " (it is a shallow clone, without its older commits)" : "")}.");
            return found.Peel<Commit>() is { } commit ? (commit, "") : (null, $"'{revision}' of '{shown}' is no commit.");
        }
        catch (AmbiguousSpecificationException)
        {
            return (null, $"'{revision}' fits more than one object of '{shown}': give more of it.");
        }
        catch (LibGit2SharpException problem) when (problem is InvalidSpecificationException or NotFoundException or PeelException)
        {
            return (null, $"'{shown}' has no commit '{Locations.Display(revision)}'.");
        }
    }

    private static string Branch(Place place, Commit commit, string? revision)
    {
        var head = place.Branch();
        if (revision is null or "HEAD") return head;
        if (Reference.IsValidName("refs/heads/" + revision) && (place.Repository!.Refs["refs/heads/" + revision] ?? place.Repository.Refs["refs/remotes/origin/" + revision]) is not null) return revision;
        return place.Repository!.Head.Tip?.Sha == commit.Sha ? head : "";
    }

    // A shallow clone, or one that was damaged, ends early.
    private static Commit? Parent(Commit commit)
    {
        try
        {
            return commit.Parents.FirstOrDefault();
        }
        catch (NotFoundException)
        {
            return null;
        }
    }
}
