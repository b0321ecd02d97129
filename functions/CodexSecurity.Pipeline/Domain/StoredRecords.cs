namespace CodexSecurity.Pipeline.Domain;

/// <summary>A connected repository.</summary>
/// <param name="Id">Stable id, as <see cref="ScanTarget.RepositoryId"/>.</param>
/// <param name="Owner">Owner's name, "" for a local one.</param>
/// <param name="Name">Repository's name.</param>
/// <param name="Location">Clone URL without credentials, or a path.</param>
/// <param name="Branch">Branch that is watched.</param>
/// <param name="Schedule">Cron expression, "" for none.</param>
/// <param name="HistoryWindow">Commits that a history scan walks back.</param>
/// <param name="Options">Stages and budgets of its scans.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record RepositoryRecord(
    string Id, string Owner, string Name, string Location, string Branch, string Schedule, int HistoryWindow, ScanOptions Options, DateTimeOffset CreatedAt);

/// <summary>State of a scan. Incomplete: it ended, but something in scope was not looked at.</summary>
public enum ScanStatus { Queued, Running, Completed, Incomplete, Failed, Cancelled }

/// <summary>A scan as the store lists it; the whole result is an artifact.</summary>
/// <param name="Id">Scan id.</param>
/// <param name="RepositoryId">Its repository; "" for a scan that stands alone.</param>
/// <param name="Branch">Branch, "" where unknown.</param>
/// <param name="Kind">Kind of scan.</param>
/// <param name="Revision">Commit, "" where it is none.</param>
/// <param name="Status">Its state.</param>
/// <param name="RequestedAt">UTC; orders the scans of a repository.</param>
/// <param name="CompletedAt">UTC, or null.</param>
/// <param name="Error">Why it failed or is incomplete; "" otherwise.</param>
/// <param name="Result">The stored <see cref="ScanResult"/>, or null.</param>
/// <param name="Snapshot">The stored snapshot, or null.</param>
/// <param name="Reports">Report format ("sarif", "json", "md", "html") to its artifact.</param>
/// <param name="Findings">Findings of the result that are not resolved.</param>
public sealed record ScanRecord(
    string Id, string RepositoryId, string Branch, ScanKind Kind, string Revision, ScanStatus Status, DateTimeOffset RequestedAt, DateTimeOffset? CompletedAt,
    string Error, ArtifactRef? Result, ArtifactRef? Snapshot, IReadOnlyDictionary<string, ArtifactRef> Reports, int Findings);

/// <summary>The latest that is known of a finding on a branch.</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Branch">Its branch.</param>
/// <param name="Finding">The finding, as the last scan that published it saw it.</param>
/// <param name="FirstScanId">Scan that saw it first.</param>
/// <param name="FirstSeenAt">UTC.</param>
/// <param name="LastScanId">Scan that this state is from.</param>
/// <param name="LastSeenAt">UTC, of that scan.</param>
/// <param name="Triage">State after the latest decision.</param>
public sealed record FindingRecord(
    string RepositoryId, string Branch, Finding Finding, string FirstScanId, DateTimeOffset FirstSeenAt, string LastScanId, DateTimeOffset LastSeenAt, TriageState Triage);

/// <summary>A finding in one scan.</summary>
/// <param name="Id">"occ_" and 24 hex digits, see <see cref="FindingIdentity.OccurrenceId"/>.</param>
/// <param name="FindingId">The finding.</param>
/// <param name="ScanId">The scan.</param>
/// <param name="At">UTC, of the scan.</param>
/// <param name="State">State then.</param>
/// <param name="Severity">Severity then.</param>
/// <param name="Verdict">Verdict then.</param>
public sealed record FindingOccurrence(
    string Id, string FindingId, string ScanId, DateTimeOffset At, FindingState State, Severity Severity, ValidationVerdict Verdict);

/// <summary>A version of a repository's threat model. Versions are only ever added.</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Version">1, 2, 3 …</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="At">UTC.</param>
/// <param name="Digest">SHA-256 of the text, lower-case hex.</param>
/// <param name="Text">The file's text.</param>
public sealed record ThreatModelVersion(string RepositoryId, int Version, string Author, DateTimeOffset At, string Digest, string Text);

/// <summary>An entry of the audit log.</summary>
/// <param name="At">UTC.</param>
/// <param name="Id">Unique; entries of one time are ordered by it.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What, such as "finding.triage".</param>
/// <param name="Subject">On what, such as a finding id.</param>
/// <param name="Detail">More, for people; no secret.</param>
public sealed record AuditEntry(DateTimeOffset At, string Id, string Actor, string Action, string Subject, string Detail);
