using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>Folders as they are on disk.</summary>
internal static class FolderStates
{
    /// <summary>The files of a folder.</summary>
    public static SourceOutcome<Snapshot> Take(Place place, CancellationToken ct)
    {
        var builder = new SnapshotBuilder();
        new FolderWalk(place.Folder, place.Tracking, builder).Run(ct);
        builder.Read(ct);
        if (place.Note.Length > 0) builder.Note(place.Note);
        if (builder.IsEmpty)
        {
            var what = place.Repository is { Head.Tip: null } && place.Prefix.Length == 0 ? "is an empty repository: no commit and no file to scan" : "holds no file to scan";
            return new(null, $"'{place.Location.Display}' {what}{builder.LeftOutInShort()}.");
        }
        if (place.Repository is not { } repository) return new(builder.Build(place.Target(TargetKind.DirectorySnapshot, null, ""), null), "");
        if (repository.Config.GetValueOrDefault("core.sparseCheckout", false)) builder.Note("A sparse checkout: only what is on disk was read.");
        var commit = repository.Head.Tip;
        var differing = commit is null ? 0 : Differing(repository, commit, place.Prefix, builder, ct);
        if (differing > 0) builder.Note($"The folder is not as its commit {commit!.Sha[..12]} has it: {differing.ToString(CultureInfo.InvariantCulture)} file(s) differ.");
        var clean = commit is not null && differing == 0;
        return new(builder.Build(place.Target(TargetKind.GitWorktree, clean ? commit!.Sha : null, place.Branch()), clean ? RevisionStates.Info(commit!) : null), "");
    }

    // Compared by content: the index's times and the repository's settings can say anything. What could not be taken does not count, it is said elsewhere.
    private static int Differing(Repository repository, Commit commit, string prefix, SnapshotBuilder taken, CancellationToken ct)
    {
        var tree = prefix.Length == 0 ? commit.Tree : commit[prefix.TrimEnd('/')]?.Target as Tree;
        var committed = new SnapshotBuilder();
        if (tree is not null) new TreeWalk(repository, committed).Run(tree, ct);
        var ids = committed.Entries.ToDictionary(e => e.Path, e => e.Id, StringComparer.Ordinal);
        foreach (var path in taken.Missing) ids.Remove(path);
        var differing = 0;
        foreach (var file in taken.Files)
        {
            ct.ThrowIfCancellationRequested();
            if (!ids.Remove(file.Path, out var id) || id != BlobId(file.Content.Span)) differing++;
        }
        return differing + ids.Count;
    }

#pragma warning disable CA5350 // The name git gives to content; nothing rests on its strength.
    private static string BlobId(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length.ToString(CultureInfo.InvariantCulture)}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
#pragma warning restore CA5350
}
