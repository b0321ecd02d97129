using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>
/// Everything small that outlives a scan. Writes are idempotent: a step that runs twice leaves what one run leaves. Lists are ordered and page by cursor.
/// Times are UTC and come from the caller. Throws <see cref="StoreUnavailableException"/> where data can't be had or kept.
/// </summary>
public interface IScanStore : IRepositoryStore, IFindingStore, IThreatModelStore, IEventLog
{
    /// <summary>Writes a scan's record.</summary>
    Task<WriteResult> PutScanAsync(ScanRecord scan, WriteCondition condition, CancellationToken ct);

    /// <summary>A scan, or null.</summary>
    Task<Stored<ScanRecord>?> GetScanAsync(string id, CancellationToken ct);

    /// <summary>Removes a scan's record; false where it was absent. What it found stays, and so do its artifacts: see Retention.</summary>
    Task<bool> DeleteScanAsync(string id, CancellationToken ct);

    /// <summary>Scans, latest request first; null means any.</summary>
    Task<Page<ScanRecord>> ListScansAsync(string? repositoryId, string? branch, ScanStatus? status, int limit, string? cursor, CancellationToken ct);
}

/// <summary>Connected repositories.</summary>
public interface IRepositoryStore
{
    /// <summary>Writes a repository. Not written where another repository has that owner and name.</summary>
    Task<WriteResult> PutRepositoryAsync(RepositoryRecord repository, WriteCondition condition, CancellationToken ct);

    /// <summary>A repository by id, or null.</summary>
    Task<Stored<RepositoryRecord>?> GetRepositoryAsync(string id, CancellationToken ct);

    /// <summary>A repository by owner and name (case is ignored), or null.</summary>
    Task<Stored<RepositoryRecord>?> FindRepositoryAsync(string owner, string name, CancellationToken ct);

    /// <summary>Repositories by owner and name.</summary>
    Task<Page<RepositoryRecord>> ListRepositoriesAsync(int limit, string? cursor, CancellationToken ct);

    /// <summary>Removes a repository with its findings, threat models and scans; false where it was absent. Its artifacts are removed later, by the clock.</summary>
    Task<bool> DeleteRepositoryAsync(string id, CancellationToken ct);
}

/// <summary>Findings, their occurrences and the decisions on them.</summary>
public interface IFindingStore
{
    /// <summary>
    /// Records what a scan saw: an occurrence each, and the latest state on the branch. First-seen facts are kept. A scan that is older than what is stored of
    /// a finding adds its occurrence and leaves the latest state. Publishing the same again changes nothing.
    /// </summary>
    Task PublishAsync(FindingPublication publication, CancellationToken ct);

    /// <summary>The latest state of a finding on a branch, or null.</summary>
    Task<Stored<FindingRecord>?> GetFindingAsync(string repositoryId, string branch, string findingId, CancellationToken ct);

    /// <summary>Every branch's record of a finding id, by repository and branch.</summary>
    Task<IReadOnlyList<FindingRecord>> FindFindingsAsync(string findingId, CancellationToken ct);

    /// <summary>Findings by the query.</summary>
    Task<Page<FindingRecord>> ListFindingsAsync(FindingQuery query, CancellationToken ct);

    /// <summary>Occurrences of a finding in a repository, latest first.</summary>
    Task<Page<FindingOccurrence>> ListOccurrencesAsync(string repositoryId, string findingId, int limit, string? cursor, CancellationToken ct);

    /// <summary>Adds a decision and sets the triage state on every branch of the repository. The same decision twice is one.</summary>
    Task AddDecisionAsync(string repositoryId, TriageDecision decision, CancellationToken ct);

    /// <summary>Decisions on a repository's findings, oldest first; of one finding where given.</summary>
    Task<IReadOnlyList<TriageDecision>> ListDecisionsAsync(string repositoryId, string? findingId, CancellationToken ct);
}

/// <summary>What a scan saw.</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Branch">Its branch.</param>
/// <param name="ScanId">The scan.</param>
/// <param name="At">UTC, when the scan was asked for: orders publications.</param>
/// <param name="Findings">Findings with their states, resolved ones too.</param>
public sealed record FindingPublication(string RepositoryId, string Branch, string ScanId, DateTimeOffset At, IReadOnlyList<Finding> Findings);

/// <summary>Order of a list of findings; ties by finding id.</summary>
public enum FindingSort { Rank, Severity, LastSeen, FirstSeen }

/// <summary>Which findings; null means any. Text compares without case.</summary>
/// <param name="RepositoryId">Of this repository.</param>
/// <param name="Branch">On this branch.</param>
/// <param name="MinSeverity">At or above.</param>
/// <param name="State">In this state.</param>
/// <param name="Triage">With this decision.</param>
/// <param name="Verdict">With this validation verdict.</param>
/// <param name="Rule">Of this rule.</param>
/// <param name="Cwe">With this CWE number.</param>
/// <param name="Path">Whose sink's path starts so.</param>
/// <param name="Text">Whose title, message, path, function or rule holds this.</param>
/// <param name="Sort">Order, highest or latest first.</param>
/// <param name="Limit">Items a page, 1 to 500.</param>
/// <param name="Cursor">Where to go on.</param>
public sealed record FindingQuery(
    string? RepositoryId = null, string? Branch = null, Severity? MinSeverity = null, FindingState? State = null, TriageState? Triage = null,
    ValidationVerdict? Verdict = null, string? Rule = null, int? Cwe = null, string? Path = null, string? Text = null,
    FindingSort Sort = FindingSort.Rank, int Limit = 100, string? Cursor = null);

/// <summary>Versions of threat models.</summary>
public interface IThreatModelStore
{
    /// <summary>Adds the next version. <paramref name="condition"/> is against the latest version's tag. Text equal to the latest version's is no new version.</summary>
    Task<Stored<ThreatModelVersion>?> AddThreatModelAsync(string repositoryId, string text, string author, DateTimeOffset at, WriteCondition condition, CancellationToken ct);

    /// <summary>A version, the latest where null; null where there is none.</summary>
    Task<Stored<ThreatModelVersion>?> GetThreatModelAsync(string repositoryId, int? version, CancellationToken ct);

    /// <summary>Versions, latest first.</summary>
    Task<Page<ThreatModelVersion>> ListThreatModelsAsync(string repositoryId, int limit, string? cursor, CancellationToken ct);
}

/// <summary>Webhook deliveries and the audit log: both only grow.</summary>
public interface IEventLog
{
    /// <summary>Records a delivery by its id; false where it was recorded before.</summary>
    Task<bool> TryAddDeliveryAsync(string deliveryId, string kind, DateTimeOffset at, CancellationToken ct);

    /// <summary>Whether a delivery is recorded.</summary>
    Task<bool> HasDeliveryAsync(string deliveryId, CancellationToken ct);

    /// <summary>Forgets deliveries before a time, and says how many.</summary>
    Task<int> PurgeDeliveriesAsync(DateTimeOffset before, CancellationToken ct);

    /// <summary>Adds an entry; one of the same time and id is one entry.</summary>
    Task AddAuditAsync(AuditEntry entry, CancellationToken ct);

    /// <summary>Entries, latest first.</summary>
    Task<Page<AuditEntry>> ListAuditAsync(int limit, string? cursor, CancellationToken ct);
}
