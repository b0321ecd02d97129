using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Scans;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Names of the steps of a repository's flows, as they stand in a run's history.</summary>
public static class RepositorySteps
{
    /// <summary>The steps.</summary>
    public const string Join = "branch-join", Take = "branch-take", Leave = "branch-leave", Plan = "push-plan", Walk = "backfill-walk", Part = "backfill-part", PullRequest = "fix-pull-request", Note = "audit-note";
}

/// <summary>A branch and the flow that works on it.</summary>
public sealed record BranchPlace(string RepositoryId, string Branch, string Flow);

/// <summary>Input of "branch-join".</summary>
public sealed record BranchJoin(BranchPlace Place, BranchItem? Item);

/// <summary>Input of "branch-take".</summary>
/// <param name="Place">The branch.</param>
/// <param name="Turn">From 1.</param>
public sealed record BranchTurn(BranchPlace Place, int Turn);

/// <summary>Input of "push-plan".</summary>
public sealed record PushWork(string RepositoryId, Push Push, DateTimeOffset At);

/// <summary>Steps over the queue of a branch.</summary>
internal sealed class BranchSteps(BranchQueue queue)
{
    public Task<bool> JoinAsync(BranchJoin input, CancellationToken ct) => input.Item is { } item
        ? queue.AddAsync(input.Place.RepositoryId, input.Place.Branch, item, input.Place.Flow, ct)
        : queue.LeadAsync(input.Place.RepositoryId, input.Place.Branch, input.Place.Flow, ct);

    public Task<BranchItem?> TakeAsync(BranchTurn input, CancellationToken ct) => queue.TakeAsync(input.Place.RepositoryId, input.Place.Branch, input.Place.Flow, input.Turn, ct);

    public async Task<bool> LeaveAsync(BranchPlace input, CancellationToken ct)
    {
        await queue.ReleaseAsync(input.RepositoryId, input.Branch, input.Flow, ct).ConfigureAwait(false);
        return true;
    }
}
