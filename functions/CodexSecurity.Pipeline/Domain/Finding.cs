using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>State of a finding against the last scan of the same branch.</summary>
public enum FindingState { New, Persisting, Reopened, Resolved, Unknown }

/// <summary>A candidate accepted into a scan, with identity and verdicts.</summary>
/// <param name="Id">"csf_" and 24 hex digits of the fingerprint: stable over scans.</param>
/// <param name="Fingerprint">SHA-256 in hex, see contracts §4.</param>
/// <param name="Candidate">What detection saw.</param>
/// <param name="Rule">The rule's facts at scan time.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Validation">Was it proved.</param>
/// <param name="Patch">Is there a fix.</param>
/// <param name="State">Against the last scan.</param>
/// <param name="Rank">0 to 100, higher first.</param>
/// <param name="RankReasons">Why this place.</param>
/// <param name="GroupId">Findings with one root cause share it.</param>
/// <param name="Recommended">On the short list.</param>
/// <param name="IntroducedBy">Commit that brought it, where known.</param>
/// <param name="Suppression">Recorded decision not to show it, or null.</param>
public sealed record Finding(
    string Id,
    string Fingerprint,
    Candidate Candidate,
    RuleInfo Rule,
    SeverityAssessment Severity,
    ValidationSummary Validation,
    Patch Patch,
    FindingState State,
    int Rank,
    IReadOnlyList<string> RankReasons,
    string GroupId,
    bool Recommended,
    CommitInfo? IntroducedBy,
    Suppression? Suppression);

/// <summary>What a report says of a rule.</summary>
/// <param name="Id">Rule id.</param>
/// <param name="Title">One sentence.</param>
/// <param name="Cwe">CWE numbers, main one first.</param>
/// <param name="Severity">Severity before anything is known of the place.</param>
/// <param name="Oracle">How validation proves it; "" where it can't.</param>
/// <param name="Fix">How to mend it, one or two sentences.</param>
/// <param name="Help">A paragraph for the reader who does not know the weakness.</param>
public sealed record RuleInfo(string Id, string Title, IReadOnlyList<int> Cwe, Severity Severity, string Oracle, string Fix, string Help);

/// <summary>A commit. The date is the author's, in UTC.</summary>
public sealed record CommitInfo(string Sha, string Author, DateTimeOffset Date);

/// <summary>Recorded decision not to show a finding.</summary>
/// <param name="FindingId">Id, or null where Rule / Path decide.</param>
/// <param name="Rule">Rule id pattern, or null.</param>
/// <param name="Path">Path glob, or null.</param>
/// <param name="Reason">Mandatory.</param>
/// <param name="Author">Mandatory.</param>
/// <param name="Expires">When it ends; null never.</param>
public sealed record Suppression(string? FindingId, string? Rule, string? Path, string Reason, string Author, DateOnly? Expires);
