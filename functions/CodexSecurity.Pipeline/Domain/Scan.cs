using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>What is scanned.</summary>
public enum TargetKind { GitRevision, GitWorktree, GitDiff, DirectorySnapshot }

/// <summary>The pinned state of a scan.</summary>
/// <param name="Kind">By the content that was read.</param>
/// <param name="RepositoryId">Stable identity: digest of the sanitised remote URL, else of the folder's name.</param>
/// <param name="DisplayName">For people; no credentials.</param>
/// <param name="Revision">Commit, where it is one.</param>
/// <param name="BaseRevision">Commit compared with, for a diff.</param>
/// <param name="Branch">Branch, where known; "" otherwise.</param>
/// <param name="Digest">SHA-256 over the sorted (path, content hash) list.</param>
public sealed record ScanTarget(
    TargetKind Kind, string RepositoryId, string DisplayName, string? Revision, string? BaseRevision, string Branch, string Digest);

/// <summary>A finished scan: the only source of every report.</summary>
/// <param name="Id">Scan id.</param>
/// <param name="Target">What was scanned.</param>
/// <param name="ToolVersion">Engine version.</param>
/// <param name="RulesDigest">SHA-256 of rules and models.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="CompletedAt">UTC.</param>
/// <param name="ThreatModelDigest">Of the model that was used.</param>
/// <param name="Findings">By rank, then fingerprint.</param>
/// <param name="Coverage">What was looked at and what was not.</param>
/// <param name="Notes">What the reader must know: limits, fallbacks.</param>
public sealed record ScanResult(
    string Id,
    ScanTarget Target,
    string ToolVersion,
    string RulesDigest,
    DateTimeOffset StartedAt,
    DateTimeOffset CompletedAt,
    string ThreatModelDigest,
    IReadOnlyList<Finding> Findings,
    CoverageLedger Coverage,
    IReadOnlyList<string> Notes);

/// <summary>What was analysed, skipped or cut short. "Not scanned" is never "clean".</summary>
/// <param name="Complete">False where anything in scope was not analysed.</param>
/// <param name="FilesTotal">Files in the snapshot.</param>
/// <param name="Files">Source files with their outcome.</param>
/// <param name="LeftOut">What was left out on purpose, with the reason.</param>
/// <param name="Unfinished">In-scope work that was not done: makes the scan incomplete.</param>
public sealed record CoverageLedger(
    bool Complete, int FilesTotal, IReadOnlyList<FileCoverage> Files, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<LeftOut> Unfinished);

/// <summary>A path that was left out, and why.</summary>
public sealed record LeftOut(string Path, string Reason)
{
    /// <summary>The path where it is the project as a whole.</summary>
    public const string Everything = "./";
}
