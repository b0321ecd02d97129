using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.DurableTask.Client;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>Starts and steers flows that run on Durable Functions.</summary>
/// <param name="client">Client of the task hub.</param>
/// <param name="registry">Flows; only their versions are asked for here.</param>
public sealed class DurableFlowRuntime(DurableTaskClient client, FlowRegistry registry) : IFlowRuntime
{
    /// <inheritdoc/>
    public Task<bool> StartAsync<TIn>(string flow, string instanceId, TIn input, CancellationToken ct) =>
        DurableInstances.TryStartAsync(client, instanceId, new FlowInput(flow, registry.Newest(flow).Version, FlowJson.WritePayload(input), ""), ct);

    /// <inheritdoc/>
    public async Task<FlowStatus?> GetAsync(string instanceId, CancellationToken ct) => (await DurableInstances.GetAsync(client, instanceId, ct).ConfigureAwait(false))?.Status;

    /// <summary>As the port says. The order by id is that of the hub's table of instances. A page may be short although the list goes on: the hub does not tell cancelled runs from failed ones.</summary>
    public async Task<Page<FlowStatus>> ListAsync(string prefix, FlowState? state, int limit, string? cursor, CancellationToken ct)
    {
        var (found, token) = await PageAsync(prefix, state, Cursors.Limit(limit), cursor, ct).ConfigureAwait(false);
        return new Page<FlowStatus>([.. found.Select(f => f.Status).Where(s => state is null || s.State == state)], token);
    }

    /// <inheritdoc/>
    public Task<bool> RaiseEventAsync<T>(string instanceId, string name, T payload, CancellationToken ct) =>
        SignalAsync(instanceId, new FlowSignal(FlowSignalKind.Raise, name, FlowJson.WritePayload(payload)), ct);

    /// <inheritdoc/>
    public Task<bool> CancelAsync(string instanceId, string reason, CancellationToken ct) => SignalAsync(instanceId, new FlowSignal(FlowSignalKind.Cancel, "", reason), ct);

    /// <inheritdoc/>
    public async Task<FlowStatus> WaitAsync(string instanceId, CancellationToken ct)
    {
        if (await DurableInstances.GetAsync(client, instanceId, ct).ConfigureAwait(false) is null) throw new ArgumentException($"there is no run \"{instanceId}\"", nameof(instanceId));
        return DurableInstances.Read(await DurableInstances.ReachAsync(() => client.WaitForInstanceCompletionAsync(instanceId, true, ct)).ConfigureAwait(false)).Status;
    }

    /// <inheritdoc/>
    public async Task<bool> PurgeAsync(string instanceId, CancellationToken ct)
    {
        if (await DurableInstances.GetAsync(client, instanceId, ct).ConfigureAwait(false) is null or { Status.State: FlowState.Running }) return false;
        return (await DurableInstances.ReachAsync(() => client.PurgeInstanceAsync(instanceId, null, ct)).ConfigureAwait(false)).PurgedInstanceCount > 0;
    }

    /// <summary>Removes runs that ended and were created before a time, with their histories; says how many.</summary>
    public async Task<int> PurgeEndedAsync(DateTimeOffset before, CancellationToken ct)
    {
        var filter = new PurgeInstancesFilter(DateTimeOffset.UnixEpoch, before, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]);
        return (await DurableInstances.ReachAsync(() => client.PurgeAllInstancesAsync(filter, null, ct)).ConfigureAwait(false)).PurgedInstanceCount;
    }

    /// <summary>Has runs that waited for a version which this host has go on; says how many.</summary>
    public async Task<int> WakeParkedAsync(CancellationToken ct)
    {
        var woken = 0;
        string? cursor = null;
        do
        {
            (var found, cursor) = await PageAsync("", FlowState.Running, Cursors.MostItems, cursor, ct).ConfigureAwait(false);
            foreach (var run in found.Where(f => f.Parked && registry.Flow(f.Status.Flow, f.Status.Version) is not null))
            {
                if (await SignalAsync(run.Status.InstanceId, new FlowSignal(FlowSignalKind.Wake, "", ""), ct).ConfigureAwait(false)) woken++;
            }
        }
        while (cursor is not null);
        return woken;
    }

    private async Task<(IReadOnlyList<DurableInstance> Found, string? Cursor)> PageAsync(string prefix, FlowState? state, int limit, string? cursor, CancellationToken ct)
    {
        OrchestrationRuntimeStatus[]? statuses = state switch
        {
            null => null,
            FlowState.Completed => [OrchestrationRuntimeStatus.Completed],
            FlowState.Failed => [OrchestrationRuntimeStatus.Failed],
            FlowState.Cancelled => [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
            _ => [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended],
        };
        var query = new OrchestrationQuery(Statuses: statuses, InstanceIdPrefix: prefix.Length == 0 ? null : prefix, PageSize: limit, FetchInputsAndOutputs: true, ContinuationToken: cursor);
        return await DurableInstances.ReachAsync(async () =>
        {
            await foreach (var page in client.GetAllInstancesAsync(query).AsPages(cursor, limit).WithCancellation(ct).ConfigureAwait(false))
            {
                return (Found: (IReadOnlyList<DurableInstance>)[.. page.Values.Where(m => m.Name == FlowNames.Orchestrator).Select(DurableInstances.Read)],
                    Cursor: string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            }
            return ([], null);
        }).ConfigureAwait(false);
    }

    private async Task<bool> SignalAsync(string instanceId, FlowSignal signal, CancellationToken ct)
    {
        if (await DurableInstances.ReachAsync(() => client.GetInstanceAsync(instanceId, false, ct)).ConfigureAwait(false) is null or { IsCompleted: true }) return false;
        await DurableInstances.ReachAsync(async () => { await client.RaiseEventAsync(instanceId, FlowNames.Signal, signal, ct).ConfigureAwait(false); return true; }).ConfigureAwait(false);
        return true;
    }
}
