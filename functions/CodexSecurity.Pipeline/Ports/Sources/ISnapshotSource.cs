using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ports.Sources;

/// <summary>
/// Reads states of repositories: a folder (in git or not), a bare repository, or a clone URL. Never runs anything of the repository (no hooks, no
/// filters), never writes to it and never follows a link out of it.
/// </summary>
public interface ISnapshotSource
{
    /// <summary>Takes the files of one state.</summary>
    /// <param name="location">Folder, bare repository or clone URL without credentials.</param>
    /// <param name="revision">Revision, or null for the folder as it is (HEAD of a bare repository or URL).</param>
    /// <param name="ct">Cancels.</param>
    Task<SourceOutcome<Snapshot>> TakeAsync(string location, string? revision, CancellationToken ct);

    /// <summary>Commits from <paramref name="revision"/> (HEAD where null) back along the first parents, newest first, at most <paramref name="count"/>.</summary>
    Task<SourceOutcome<IReadOnlyList<CommitInfo>>> HistoryAsync(string location, string? revision, int count, CancellationToken ct);

    /// <summary>Full name of the commit that a branch points to now; of a remote repository without cloning it.</summary>
    Task<SourceOutcome<string>> HeadAsync(string location, string branch, CancellationToken ct);
}

/// <summary>A value, or why there is none.</summary>
/// <param name="Value">The value.</param>
/// <param name="Problem">A sentence for a person that names the location without credentials; "" where there is a value.</param>
/// <param name="Transient">Another attempt may help: a network or a server failed.</param>
public sealed record SourceOutcome<T>(T? Value, string Problem, bool Transient = false)
{
    /// <summary>Whether there is a value.</summary>
    public bool Succeeded => Problem.Length == 0;
}
