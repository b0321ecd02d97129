using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Starts and steers the flows of connected repositories over any runtime.</summary>
public sealed class ScanControl(IFlowRuntime flows, IScanStore scans, IArtifactStore artifacts) : IScanControl
{
    private const int PageLength = 100;
    private readonly BranchQueue _queue = new(artifacts);

    /// <inheritdoc/>
    public async Task<string> StartScanAsync(RepositoryRecord repository, ScanAsk ask, DateTimeOffset at, CancellationToken ct)
    {
        var branch = ask.Branch ?? repository.Branch;
        var id = FlowIds.AskedScan(repository.Id, ask.Kind, branch, ask.Commit, ask.Base, at);
        var model = await ScanRecords.ModelAsync(scans, artifacts, repository.Id, ct).ConfigureAwait(false);
        var history = ask.Kind == ScanKind.History ? repository.HistoryWindow : 0;
        var request = new ScanRequest(id, repository.Id, ask.Kind, repository.Location, ask.Commit, ask.Base, branch, model, history, repository.Options, at);
        // The flow first: a scan that is recorded as queued has a flow.
        await StartAsync(repository.Id, branch, new BranchItem(id, at, null, request), ct).ConfigureAwait(false);
        await scans.PutScanAsync(ScanRecords.Queued(request), WriteCondition.IfAbsent, ct).ConfigureAwait(false);
        return id;
    }

    /// <inheritdoc/>
    public Task PushedAsync(RepositoryRecord repository, Push push, DateTimeOffset at, CancellationToken ct) =>
        StartAsync(repository.Id, push.Branch, new BranchItem(push.DeliveryId, at, push with { Commits = [] }, null), ct);

    /// <inheritdoc/>
    public async Task<string> BackfillAsync(RepositoryRecord repository, DateTimeOffset at, CancellationToken ct)
    {
        if (await AliveAsync(FlowIds.BackfillsOf(repository.Id), ct).ConfigureAwait(false) is { } alive) return alive.InstanceId;
        var id = FlowIds.Backfill(repository.Id, at);
        await flows.StartAsync(BackfillFlow.Name, id, new BackfillInput(repository.Id), ct).ConfigureAwait(false);
        return id;
    }

    /// <inheritdoc/>
    public async Task<bool> HoldBackfillAsync(string repositoryId, bool hold, CancellationToken ct) =>
        await AliveAsync(FlowIds.BackfillsOf(repositoryId), ct).ConfigureAwait(false) is { } alive && await flows.RaiseEventAsync(alive.InstanceId, BackfillFlow.Hold, hold, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<bool> CancelScanAsync(string scanId, string reason, CancellationToken ct)
    {
        if (await flows.CancelAsync(scanId, reason, ct).ConfigureAwait(false)) return true;
        if (await scans.GetScanAsync(scanId, ct).ConfigureAwait(false) is not { Value: { Status: ScanStatus.Queued } record } stored) return false;
        // One that waits is taken out; where it began meanwhile its flow is there to be cancelled.
        if (!await _queue.RemoveAsync(record.RepositoryId, record.Branch, scanId, ct).ConfigureAwait(false)) return await flows.CancelAsync(scanId, reason, ct).ConfigureAwait(false);
        // It is out of the queue, so nothing but another cancellation writes to it: a record that changed is read again.
        while (!(await scans.PutScanAsync(record with { Status = ScanStatus.Cancelled, Error = reason }, WriteCondition.IfMatch(stored.ETag), ct).ConfigureAwait(false)).Written)
        {
            if (await scans.GetScanAsync(scanId, ct).ConfigureAwait(false) is not { Value: { Status: ScanStatus.Queued } again } newer) return false;
            (record, stored) = (again, newer);
        }
        return true;
    }

    /// <inheritdoc/>
    public async Task CancelRepositoryAsync(string repositoryId, string reason, CancellationToken ct)
    {
        await _queue.ClearAsync(repositoryId, ct).ConfigureAwait(false);
        foreach (var prefix in (string[])[FlowIds.BranchesOf(repositoryId), FlowIds.BackfillsOf(repositoryId)])
        {
            await foreach (var run in RunningAsync(prefix, ct).ConfigureAwait(false)) await flows.CancelAsync(run.InstanceId, reason, ct).ConfigureAwait(false);
        }
        await foreach (var fix in RunningAsync(FlowIds.Remediations, ct).ConfigureAwait(false))
        {
            if (fix.Progress?.Message is { } finding && (await scans.FindFindingsAsync(finding, ct).ConfigureAwait(false)).Any(f => f.RepositoryId == repositoryId)) await flows.CancelAsync(fix.InstanceId, reason, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<string> RevalidateAsync(FindingRecord finding, DateTimeOffset at, CancellationToken ct)
    {
        var repository = (await scans.GetRepositoryAsync(finding.RepositoryId, ct).ConfigureAwait(false))?.Value ?? throw new InvalidOperationException("the repository is not connected");
        var commit = (await scans.GetScanAsync(finding.LastScanId, ct).ConfigureAwait(false))?.Value.Revision;
        return await StartScanAsync(repository, new ScanAsk(ScanKind.Full, finding.Branch, commit is { Length: > 0 } ? commit : null, null), at, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<string> RemediateAsync(FindingRecord finding, string actor, DateTimeOffset at, CancellationToken ct)
    {
        if (await AliveAsync(FlowIds.RemediationsOf(finding.Finding.Id), ct).ConfigureAwait(false) is { } alive) return alive.InstanceId;
        var id = FlowIds.Remediation(finding.Finding.Id, at);
        await flows.StartAsync(RemediateFlow.Name, id, new RemediateAsk(finding.RepositoryId, finding.Branch, finding.Finding.Id, actor), ct).ConfigureAwait(false);
        return id;
    }

    /// <inheritdoc/>
    public async Task<bool> DecideRemediationAsync(string findingId, bool approved, string actor, CancellationToken ct) =>
        await AliveAsync(FlowIds.RemediationsOf(findingId), ct).ConfigureAwait(false) is { } alive
        && await flows.RaiseEventAsync(alive.InstanceId, RemediateFlow.Decision, new Approval(approved, actor), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<FixState?> FixOfAsync(string findingId, CancellationToken ct)
    {
        FlowStatus? latest = null;
        string? cursor = null;
        do
        {
            var page = await flows.ListAsync(FlowIds.RemediationsOf(findingId), null, PageLength, cursor, ct).ConfigureAwait(false);
            latest = page.Items.Append(latest).OfType<FlowStatus>().MaxBy(run => run.CreatedAt);
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return latest switch
        {
            null => null,
            { State: FlowState.Running } => new(latest.Progress?.Phase == RemediateFlow.Opening ? "opening" : "waits for approval", "", "", "", latest.UpdatedAt),
            { State: FlowState.Completed } when latest.Result<RemediateEnd>() is var end => new(end.Outcome, end.Url, end.By, "", latest.UpdatedAt),
            _ => new(latest.State == FlowState.Failed ? "failed" : "cancelled", "", "", latest.Failure?.Message ?? "", latest.UpdatedAt),
        };
    }

    /// <inheritdoc/>
    public async Task<int> ResumeBranchesAsync(DateTimeOffset at, CancellationToken ct)
    {
        var resumed = 0;
        await foreach (var state in _queue.AllAsync(ct).ConfigureAwait(false))
        {
            if (state.Leader.Length > 0)
            {
                if (await flows.GetAsync(state.Leader, ct).ConfigureAwait(false) is { State: FlowState.Running }) continue;
                await _queue.ReleaseAsync(state.RepositoryId, state.Branch, state.Leader, ct).ConfigureAwait(false);
            }
            if (state.Pending.Count == 0) continue;
            var id = FlowIds.Branch(state.RepositoryId, state.Branch, "resume " + at.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
            if (await flows.StartAsync(BranchFlow.Name, id, new BranchInput(state.RepositoryId, state.Branch, null), ct).ConfigureAwait(false)) resumed++;
        }
        return resumed;
    }

    private Task<bool> StartAsync(string repositoryId, string branch, BranchItem item, CancellationToken ct) =>
        flows.StartAsync(BranchFlow.Name, FlowIds.Branch(repositoryId, branch, item.Id), new BranchInput(repositoryId, branch, item), ct);

    private async Task<FlowStatus?> AliveAsync(string prefix, CancellationToken ct) => (await flows.ListAsync(prefix, FlowState.Running, 1, null, ct).ConfigureAwait(false)).Items is [var first, ..] ? first : null;

    private async IAsyncEnumerable<FlowStatus> RunningAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            var page = await flows.ListAsync(prefix, FlowState.Running, PageLength, cursor, ct).ConfigureAwait(false);
            foreach (var run in page.Items) yield return run;
            cursor = page.Cursor;
        }
        while (cursor is not null);
    }
}
