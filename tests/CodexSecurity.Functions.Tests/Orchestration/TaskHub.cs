using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Tests.Contracts;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Microsoft.DurableTask.Testing.Sidecar;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>
/// A task hub in memory that outlives the hosts over it. As Azure Storage does, it gives back what a host had taken and not completed, and lists by id;
/// and it can crash a host at a chosen write.
/// </summary>
internal sealed class TaskHub : InMemoryOrchestrationService, IOrchestrationService, IOrchestrationServiceClient, IOrchestrationServiceQueryClient
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskOrchestrationWorkItem> _turns = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<TaskActivityWorkItem> _steps = [];
    private CrashPlan? _plan;
    private Action<FlowEvent>? _kept;
    private TaskCompletionSource _crashed = new();
    private int _writes, _hosts;

    int IOrchestrationService.MaxConcurrentTaskActivityWorkItems => 8;
    int IOrchestrationService.MaxConcurrentTaskOrchestrationWorkItems => 4;

    /// <summary>A host comes up: what the one before had under way is there again.</summary>
    public async Task OpenAsync(CrashPlan? plan, Action<FlowEvent>? kept)
    {
        List<TaskOrchestrationWorkItem> turns;
        List<TaskActivityWorkItem> steps;
        lock (_gate)
        {
            (_plan, _kept, _writes, _hosts, _crashed) = (plan, kept, 0, _hosts + 1, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            (turns, steps) = ([.. _turns.Values], [.. _steps]);
            _turns.Clear();
            _steps.Clear();
        }
        foreach (var turn in turns)
        {
            await AbandonTaskOrchestrationWorkItemAsync(turn);
            await ReleaseTaskOrchestrationWorkItemAsync(turn);
        }
        foreach (var step in steps) await AbandonTaskActivityWorkItemAsync(step);
    }

    async Task<TaskOrchestrationWorkItem> IOrchestrationService.LockNextTaskOrchestrationWorkItemAsync(TimeSpan receiveTimeout, CancellationToken cancellationToken)
    {
        var host = Host;
        var turn = await LockNextTaskOrchestrationWorkItemAsync(receiveTimeout, cancellationToken);
        lock (_gate)
        {
            if (host == _hosts)
            {
                _turns[turn.InstanceId] = turn;
                return turn;
            }
        }
        // Asked for by a host that is gone: the next one is to have it.
        await AbandonTaskOrchestrationWorkItemAsync(turn);
        await ReleaseTaskOrchestrationWorkItemAsync(turn);
        throw new OperationCanceledException();
    }

    async Task<TaskActivityWorkItem> IOrchestrationService.LockNextTaskActivityWorkItem(TimeSpan receiveTimeout, CancellationToken cancellationToken)
    {
        var host = Host;
        var step = await LockNextTaskActivityWorkItem(receiveTimeout, cancellationToken);
        lock (_gate)
        {
            if (host == _hosts)
            {
                _steps.Add(step);
                return step;
            }
        }
        await AbandonTaskActivityWorkItemAsync(step);
        throw new OperationCanceledException();
    }

    Task IOrchestrationService.CompleteTaskOrchestrationWorkItemAsync(
        TaskOrchestrationWorkItem workItem, OrchestrationRuntimeState newOrchestrationRuntimeState, IList<TaskMessage> outboundMessages, IList<TaskMessage> orchestratorMessages,
        IList<TaskMessage> timerMessages, TaskMessage continuedAsNewMessage, OrchestrationState orchestrationState) => Write(() =>
    {
        // One of a host that is gone: its messages went back already.
        if (!IsHeld(workItem)) throw new IOException("the lock is lost");
        CompleteTaskOrchestrationWorkItemAsync(workItem, newOrchestrationRuntimeState, outboundMessages, orchestratorMessages, timerMessages, continuedAsNewMessage, orchestrationState).GetAwaiter().GetResult();
        // Kept: only its lock is still to be given back.
        workItem.NewMessages.Clear();
    });

    Task IOrchestrationService.CompleteTaskActivityWorkItemAsync(TaskActivityWorkItem workItem, TaskMessage responseMessage) => Write(() =>
    {
        if (!_steps.Remove(workItem)) throw new IOException("the lock is lost");
        CompleteTaskActivityWorkItemAsync(workItem, responseMessage).GetAwaiter().GetResult();
        if (responseMessage.Event is TaskCompletedEvent { Result: { } result } && workItem.TaskMessage.Event is TaskScheduledEvent { Name: FlowNames.Step }
            && System.Text.Json.JsonSerializer.Deserialize<StepReply>(result) is { Output: { } output } reply)
            _kept?.Invoke(new FlowEvent(FlowEventKind.Done, default, 0, reply.Step, reply.Input, output));
    });

    Task IOrchestrationService.ReleaseTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        lock (_gate)
        {
            if (_crashed.Task.IsCompleted || !IsHeld(workItem)) return Task.CompletedTask;
            _turns.Remove(workItem.InstanceId);
        }
        return ReleaseTaskOrchestrationWorkItemAsync(workItem);
    }

    // A host that fails to complete gives back by itself; a crashed one can't, and one that is gone gave back already: its messages would be there twice.
    Task IOrchestrationService.AbandonTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        lock (_gate)
        {
            if (_crashed.Task.IsCompleted || !IsHeld(workItem)) return Task.CompletedTask;
        }
        return AbandonTaskOrchestrationWorkItemAsync(workItem);
    }

    Task IOrchestrationService.AbandonTaskActivityWorkItemAsync(TaskActivityWorkItem workItem) => Task.CompletedTask;

    Task IOrchestrationServiceClient.CreateTaskOrchestrationAsync(TaskMessage creationMessage, OrchestrationStatus[]? dedupeStatuses) =>
        Write(() => CreateTaskOrchestrationAsync(creationMessage, dedupeStatuses).GetAwaiter().GetResult());

    async Task<OrchestrationState> IOrchestrationServiceClient.WaitForOrchestrationAsync(string instanceId, string executionId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var ended = WaitForOrchestrationAsync(instanceId, executionId, timeout, cancellationToken);
        await Task.WhenAny(ended, _crashed.Task);
        return IsCrashed ? throw new IOException("crashed") : await ended;
    }

    async Task<OrchestrationQueryResult> IOrchestrationServiceQueryClient.GetOrchestrationWithQueryAsync(OrchestrationQuery query, CancellationToken cancellationToken)
    {
        var after = query.ContinuationToken;
        (query.ContinuationToken, var limit, query.PageSize) = (null, query.PageSize, int.MaxValue);
        var all = (await GetOrchestrationWithQueryAsync(query, cancellationToken)).OrchestrationState.OrderBy(s => s.OrchestrationInstance.InstanceId, StringComparer.Ordinal)
            .Where(s => after is null || string.CompareOrdinal(s.OrchestrationInstance.InstanceId, after) > 0).ToList();
        return all.Count > limit ? new(all[..limit], all[limit - 1].OrchestrationInstance.InstanceId) : new(all, null);
    }

    private bool IsHeld(TaskOrchestrationWorkItem turn) => ReferenceEquals(_turns.GetValueOrDefault(turn.InstanceId), turn);

    // The host that is up, by number.
    private int Host { get { lock (_gate) return _hosts; } }

    private bool IsCrashed { get { lock (_gate) return _crashed.Task.IsCompleted; } }

    private Task Write(Action write)
    {
        lock (_gate)
        {
            if (_crashed.Task.IsCompleted) throw new IOException("crashed");
            var last = ++_writes == _plan?.Write;
            if (!last || _plan!.Kept) write();
            if (!last) return Task.CompletedTask;
            _crashed.TrySetResult();
            throw new IOException("crashed at this write");
        }
    }
}
