using System.Collections.Concurrent;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>
/// Runs flows in this process over a journal. A process that was killed continues where it was when the journal is opened again: steps whose end is in the
/// journal are not run again, all others are. For one machine: what outgrows it runs on Durable Functions.
/// </summary>
/// <remarks>A journal that can't be written stops the runtime: waits end with <see cref="StoreUnavailableException"/>, and the next start continues.</remarks>
public sealed class JournalFlowRuntime : IFlowRuntime, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, FlowActor> _actors = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    // Held while a run is added to the journal and to the actors, so that nobody sees the one without the other.
    private readonly Lock _launching = new();
    private readonly SemaphoreSlim _steps;
    private Exception? _fault;

    private JournalFlowRuntime(FlowRegistry registry, IFlowJournal journal, TimeProvider time, int maxSteps)
    {
        (Registry, Journal, Time) = (registry, journal, time);
        _steps = new SemaphoreSlim(maxSteps);
    }

    internal FlowRegistry Registry { get; }
    internal IFlowJournal Journal { get; }
    internal TimeProvider Time { get; }

    /// <summary>Ids of runs that can't go on here: the registry does not have their flow in their version. They stay as they are.</summary>
    public IReadOnlyList<string> Orphans { get; private set; } = [];

    /// <summary>Opens the journal and continues what was running.</summary>
    /// <param name="registry">Steps and flows.</param>
    /// <param name="journal">Not shared with another runtime.</param>
    /// <param name="time">The clock.</param>
    /// <param name="maxSteps">Steps at a time over all runs, at least 1.</param>
    public static JournalFlowRuntime Open(FlowRegistry registry, IFlowJournal journal, TimeProvider time, int maxSteps)
    {
        var runtime = new JournalFlowRuntime(registry, journal, time, maxSteps);
        var orphans = new List<string>();
        // All are known before the first one moves: a run starts, joins and cancels others.
        var actors = new List<FlowActor>();
        string? after = null;
        while (journal.List("", FlowState.Running, 200, after) is { Count: > 0 } batch)
        {
            foreach (var status in batch)
            {
                if (registry.Flow(status.Flow, status.Version) is { } flow) actors.Add(runtime.Add(flow, status));
                else orphans.Add(status.InstanceId);
            }
            after = batch[^1].InstanceId;
        }
        runtime.Orphans = orphans;
        foreach (var actor in actors) actor.Launch();
        return runtime;
    }

    /// <inheritdoc/>
    public Task<bool> StartAsync<TIn>(string flow, string instanceId, TIn input, CancellationToken ct) => Task.FromResult(Start(flow, instanceId, FlowJson.WritePayload(input), ""));

    /// <inheritdoc/>
    public Task<FlowStatus?> GetAsync(string instanceId, CancellationToken ct) => Task.FromResult(Get(instanceId));

    /// <inheritdoc/>
    public Task<Page<FlowStatus>> ListAsync(string prefix, FlowState? state, int limit, string? cursor, CancellationToken ct)
    {
        var items = Journal.List(prefix, state, limit + 1, cursor).Select(s => _actors.TryGetValue(s.InstanceId, out var a) ? a.Status : s).ToList();
        return Task.FromResult(items.Count > limit ? new Page<FlowStatus>(items[..limit], items[limit - 1].InstanceId) : new Page<FlowStatus>(items, null));
    }

    /// <inheritdoc/>
    public Task<bool> RaiseEventAsync<T>(string instanceId, string name, T payload, CancellationToken ct) => Send(instanceId, FlowEventKind.Raised, name, FlowJson.WritePayload(payload), ct);

    /// <inheritdoc/>
    public Task<bool> CancelAsync(string instanceId, string reason, CancellationToken ct) => Send(instanceId, FlowEventKind.CancelRequested, "", reason, ct);

    /// <inheritdoc/>
    public async Task<FlowStatus> WaitAsync(string instanceId, CancellationToken ct)
    {
        ThrowIfFaulted();
        FlowActor? actor;
        FlowStatus? status;
        lock (_launching) status = _actors.TryGetValue(instanceId, out actor) ? actor.Status : Guarded(() => Journal.Get(instanceId));
        if (actor is not null) return await actor.Ended.WaitAsync(ct).ConfigureAwait(false);
        return status switch
        {
            null => throw new ArgumentException($"there is no run \"{instanceId}\"", nameof(instanceId)),
            { State: FlowState.Running } => throw new InvalidOperationException($"the run \"{instanceId}\" can't go on here: its flow or version is not registered, or the runtime stopped"),
            var ended => ended,
        };
    }

    /// <inheritdoc/>
    public Task<bool> PurgeAsync(string instanceId, CancellationToken ct) => Task.FromResult(!_actors.ContainsKey(instanceId) && Journal.Delete(instanceId));

    /// <summary>Stops; what runs goes on at the next start. Waits for the steps to notice.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var actor in _actors.Values.ToList()) await actor.StoppedAsync().ConfigureAwait(false);
        _stop.Dispose();
        _steps.Dispose();
    }

    internal FlowStatus? Get(string instanceId) => _actors.TryGetValue(instanceId, out var actor) ? actor.Status : Journal.Get(instanceId);

    internal bool Start(string name, string instanceId, string input, string parent)
    {
        ThrowIfFaulted();
        var flow = Registry.Newest(name);
        var now = Time.GetUtcNow();
        var status = new FlowStatus(instanceId, flow.Name, flow.Version, FlowState.Running, now, now, null, "", null);
        lock (_launching)
        {
            if (!Guarded(() => Journal.TryCreate(status, new FlowEvent(FlowEventKind.Started, now, 0, parent, "", input)))) return false;
            Add(flow, status).Launch();
            return true;
        }
    }

    /// <summary>Runs a step when it is its turn.</summary>
    internal async Task<string> RunStepAsync(FlowCommand command, CancellationToken ct)
    {
        await _steps.WaitAsync(ct).ConfigureAwait(false);
        try { return await Registry.RunStepAsync(command.Name, command.Payload, ct).ConfigureAwait(false); }
        finally { _steps.Release(); }
    }

    /// <summary>Runs an access to the journal; one that fails stops the runtime, so that nothing goes on that is not kept.</summary>
    internal T Guarded<T>(Func<T> access)
    {
        try { return access(); }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _fault, e, null);
            _stop.Cancel();
            throw new StoreUnavailableException("the journal of running scans can't be used: " + e.Message, e);
        }
    }

    internal void Forget(string instanceId) => _actors.TryRemove(instanceId, out _);

    private FlowActor Add(FlowDefinition flow, FlowStatus status)
    {
        var actor = new FlowActor(this, flow, status, _stop.Token);
        if (!_actors.TryAdd(status.InstanceId, actor)) throw new InvalidOperationException($"the run \"{status.InstanceId}\" is launched twice");
        return actor;
    }

    private async Task<bool> Send(string instanceId, FlowEventKind kind, string name, string payload, CancellationToken ct)
    {
        ThrowIfFaulted();
        return _actors.TryGetValue(instanceId, out var actor) && await actor.SendAsync(kind, name, payload).WaitAsync(ct).ConfigureAwait(false);
    }

    private void ThrowIfFaulted()
    {
        if (_fault is { } e) throw new StoreUnavailableException("the journal of running scans can't be used: " + e.Message, e);
    }
}
