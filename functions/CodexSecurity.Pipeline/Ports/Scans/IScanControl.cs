using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ports.Scans;

/// <summary>
/// Starts and steers the flows of connected repositories: what the API, the webhook receiver and the timers call. Every call is idempotent for equal
/// arguments: ids of flows follow from what is asked for, and one that exists is joined.
/// </summary>
public interface IScanControl
{
    /// <summary>Starts a scan of a repository and gives its id. One scan at a time runs for a repository and branch; this one waits for its turn.</summary>
    Task<string> StartScanAsync(RepositoryRecord repository, ScanAsk ask, DateTimeOffset at, CancellationToken ct);

    /// <summary>Takes up a push: each commit becomes a scan of its own, newest first. Pushes that come while one is worked on are joined into one.</summary>
    Task PushedAsync(RepositoryRecord repository, Push push, DateTimeOffset at, CancellationToken ct);

    /// <summary>Walks the history back over the repository's window.</summary>
    /// <returns>The flow's id.</returns>
    Task<string> BackfillAsync(RepositoryRecord repository, DateTimeOffset at, CancellationToken ct);

    /// <summary>Pauses or resumes a backfill; false where none is alive.</summary>
    Task<bool> HoldBackfillAsync(string repositoryId, bool hold, CancellationToken ct);

    /// <summary>Asks for the end of a scan and of its sandboxes; false where it is not under way.</summary>
    Task<bool> CancelScanAsync(string scanId, string reason, CancellationToken ct);

    /// <summary>Ends whatever runs for a repository (it was disconnected, renamed away or made private).</summary>
    Task CancelRepositoryAsync(string repositoryId, string reason, CancellationToken ct);

    /// <summary>Validates a finding again, on the state it was seen in.</summary>
    /// <returns>The flow's id.</returns>
    Task<string> RevalidateAsync(FindingRecord finding, DateTimeOffset at, CancellationToken ct);

    /// <summary>Opens a fix pull request for a finding once a person approves it in time.</summary>
    /// <returns>The flow's id.</returns>
    Task<string> RemediateAsync(FindingRecord finding, string actor, DateTimeOffset at, CancellationToken ct);

    /// <summary>Answers a <see cref="RemediateAsync"/> that waits; false where none does.</summary>
    Task<bool> DecideRemediationAsync(string findingId, bool approved, string actor, CancellationToken ct);

    /// <summary>How the latest fix of a finding stands; null where none was asked for, or its history is gone.</summary>
    Task<FixState?> FixOfAsync(string findingId, CancellationToken ct);

    /// <summary>Has branches go on where something waits and nobody works: after a flow was ended from outside. Called by a timer.</summary>
    /// <returns>Flows started.</returns>
    Task<int> ResumeBranchesAsync(DateTimeOffset at, CancellationToken ct);
}

/// <summary>What to scan of a repository; null means the head of its branch.</summary>
/// <param name="Kind">Kind of scan.</param>
/// <param name="Branch">Branch, or null for the watched one.</param>
/// <param name="Commit">Commit, or null.</param>
/// <param name="Base">Commit compared with; needed for <see cref="ScanKind.Diff"/>.</param>
public sealed record ScanAsk(ScanKind Kind, string? Branch, string? Commit, string? Base);

/// <summary>How a fix stands.</summary>
/// <param name="State">"waits for approval", "opening", "opened", "refused", "expired", "failed" or "cancelled".</param>
/// <param name="Url">Of the pull request; "" for none.</param>
/// <param name="By">Who decided; "" for nobody.</param>
/// <param name="Reason">Why it failed or was cancelled; "" otherwise.</param>
/// <param name="At">UTC, of its last change.</param>
public sealed record FixState(string State, string Url, string By, string Reason, DateTimeOffset At);

/// <summary>A push to a branch.</summary>
/// <param name="DeliveryId">Id of the webhook delivery it came by.</param>
/// <param name="Branch">Branch's name without "refs/heads/".</param>
/// <param name="Before">Head before; forty zeros for a new branch.</param>
/// <param name="After">Head now.</param>
/// <param name="Commits">Commits of the push, oldest first, as the event lists them (it lists at most 2,048; a flow asks for the rest).</param>
/// <param name="Forced">History was rewritten.</param>
public sealed record Push(string DeliveryId, string Branch, string Before, string After, IReadOnlyList<string> Commits, bool Forced);
