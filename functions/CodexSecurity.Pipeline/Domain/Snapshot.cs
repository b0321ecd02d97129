namespace CodexSecurity.Pipeline.Domain;

/// <summary>A file of a snapshot.</summary>
/// <param name="Path">Relative POSIX path; no "..", no empty segment.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Executable">Whether its owner may run it.</param>
public sealed record SnapshotFile(string Path, ReadOnlyMemory<byte> Content, bool Executable = false);

/// <summary>The files of a repository at one state, in memory.</summary>
/// <param name="Target">What it is a state of; the digest is over the files.</param>
/// <param name="Commit">The commit, where the state is one.</param>
/// <param name="Files">Regular files, ordered by path (ordinal).</param>
/// <param name="LeftOut">What was left out on purpose: links, submodules, version control, generated folders.</param>
/// <param name="Unread">What belongs to the state and could not be taken (too large, unreadable): makes a scan incomplete where it is source code.</param>
/// <param name="Notes">What the reader must know.</param>
public sealed record Snapshot(
    ScanTarget Target, CommitInfo? Commit, IReadOnlyList<SnapshotFile> Files, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<LeftOut> Unread, IReadOnlyList<string> Notes);
