using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Something to do on a branch: take up a push, or scan.</summary>
/// <param name="Id">Unique; the same id twice is one item.</param>
/// <param name="At">UTC, when it came.</param>
/// <param name="Push">The push, or null.</param>
/// <param name="Request">The scan, or null.</param>
public sealed record BranchItem(string Id, DateTimeOffset At, Push? Push, ScanRequest? Request);

/// <summary>What waits for a branch and who works on it.</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Branch">Its name.</param>
/// <param name="Leader">Flow that works on the branch; "" for none.</param>
/// <param name="Turn">Number of the leader's turn.</param>
/// <param name="Current">What the leader took at that turn.</param>
/// <param name="Pending">What waits, in the order it came.</param>
public sealed record BranchState(string RepositoryId, string Branch, string Leader, int Turn, BranchItem? Current, IReadOnlyList<BranchItem> Pending);

/// <summary>
/// The queue of each branch: one flow at a time leads a branch, the others leave their item and end. Every change is one conditional write, so no item is lost
/// between a leader that finds nothing more and a newcomer that finds a leader.
/// </summary>
public sealed class BranchQueue(IArtifactStore artifacts)
{
    /// <summary>Most scans that wait for a branch; pushes are joined and never many.</summary>
    public const int MostPending = 200;

    /// <summary>Adds an item; true where the caller leads now. Idempotent.</summary>
    /// <exception cref="Ports.Flows.StepRejectedException">Too much waits already.</exception>
    public async Task<bool> AddAsync(string repositoryId, string branch, BranchItem item, string flow, CancellationToken ct)
    {
        var state = await ChangeAsync(repositoryId, branch, s =>
        {
            var leader = s.Leader.Length == 0 ? flow : s.Leader;
            if (s.Current?.Id == item.Id || s.Pending.Any(p => p.Id == item.Id)) return s with { Leader = leader };
            if (s.Pending.Count >= MostPending) throw new Ports.Flows.StepRejectedException($"{MostPending} scans wait for this branch already");
            return s with { Leader = leader, Pending = Joined(s.Pending, item) };
        }, ct).ConfigureAwait(false);
        return state.Leader == flow;
    }

    /// <summary>Leads a branch that nobody leads and where something waits; true where the caller leads now.</summary>
    public async Task<bool> LeadAsync(string repositoryId, string branch, string flow, CancellationToken ct) =>
        (await ChangeAsync(repositoryId, branch, s => s.Leader.Length == 0 && s.Pending.Count > 0 ? s with { Leader = flow } : s, ct).ConfigureAwait(false)).Leader == flow;

    /// <summary>What the leader does at its turn (from 1): the same again where it asks again; null where nothing waits, or somebody else leads: it then leads no more.</summary>
    public async Task<BranchItem?> TakeAsync(string repositoryId, string branch, string flow, int turn, CancellationToken ct)
    {
        var state = await ChangeAsync(repositoryId, branch, s =>
        {
            if (s.Leader != flow || (s.Turn == turn && s.Current is not null)) return s;
            return s.Pending.Count == 0 ? s with { Leader = "", Turn = 0, Current = null } : s with { Turn = turn, Current = s.Pending[0], Pending = [.. s.Pending.Skip(1)] };
        }, ct).ConfigureAwait(false);
        return state.Leader == flow && state.Turn == turn ? state.Current : null;
    }

    /// <summary>The leader gives up; what waits stays. Others may lead then.</summary>
    public Task ReleaseAsync(string repositoryId, string branch, string flow, CancellationToken ct) =>
        ChangeAsync(repositoryId, branch, s => s.Leader == flow ? s with { Leader = "", Turn = 0, Current = null } : s, ct);

    /// <summary>Takes an item out that waits; false where it does not.</summary>
    public async Task<bool> RemoveAsync(string repositoryId, string branch, string item, CancellationToken ct)
    {
        var found = false;
        await ChangeAsync(repositoryId, branch, s =>
        {
            found = s.Pending.Any(p => p.Id == item);
            return found ? s with { Pending = [.. s.Pending.Where(p => p.Id != item)] } : s;
        }, ct).ConfigureAwait(false);
        return found;
    }

    /// <summary>Forgets what waits for a repository's branches.</summary>
    public async Task ClearAsync(string repositoryId, CancellationToken ct)
    {
        await foreach (var state in AllAsync(ct).ConfigureAwait(false))
        {
            if (state.RepositoryId == repositoryId) await ChangeAsync(repositoryId, state.Branch, s => s with { Pending = [] }, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The queues of all branches that ever had an item.</summary>
    public async IAsyncEnumerable<BranchState> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            var page = await artifacts.ListAsync(FlowIds.Queues, 200, cursor, ct).ConfigureAwait(false);
            foreach (var item in page.Items) yield return await artifacts.GetJsonAsync<BranchState>(item.Artifact, ct).ConfigureAwait(false);
            cursor = page.Cursor;
        }
        while (cursor is not null);
    }

    // Pushes follow on each other: what is between the first one's start and the last one's end is one piece of work.
    private static List<BranchItem> Joined(IReadOnlyList<BranchItem> pending, BranchItem item)
    {
        if (item.Push is not { } push) return [.. pending, item];
        var joined = push with { Commits = [] };
        foreach (var earlier in pending.Select(p => p.Push).OfType<Push>().Reverse()) joined = joined with { Before = earlier.Before, Forced = joined.Forced || earlier.Forced };
        return [.. pending.Where(p => p.Push is null), item with { Push = joined }];
    }

    private async Task<BranchState> ChangeAsync(string repositoryId, string branch, Func<BranchState, BranchState> change, CancellationToken ct)
    {
        var name = FlowIds.Queue(repositoryId, branch);
        while (true)
        {
            var found = await artifacts.FindAsync(name, ct).ConfigureAwait(false);
            var before = found is null ? new BranchState(repositoryId, branch, "", 0, null, []) : await artifacts.GetJsonAsync<BranchState>(found.Value, ct).ConfigureAwait(false);
            var after = change(before);
            if (ReferenceEquals(before, after)) return after;
            var stored = await artifacts.PutJsonAsync(after, ct).ConfigureAwait(false);
            var condition = found is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(found.ETag);
            if ((await artifacts.LinkAsync(name, stored, condition, ct).ConfigureAwait(false)).Written) return after;
        }
    }
}
