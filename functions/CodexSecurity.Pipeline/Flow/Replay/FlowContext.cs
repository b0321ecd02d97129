using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>The flow's side of <see cref="FlowExecution"/>: numbers the operations and completes them as events come.</summary>
internal sealed class FlowContext(string instanceId, FlowPump pump, DateTimeOffset start) : IFlowContext
{
    private readonly SortedDictionary<int, Operation> _pending = [];
    private readonly Dictionary<string, Queue<string>> _unclaimed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _abandoned = new(StringComparer.Ordinal);
    private int _operations;
    private int _ids;

    private sealed record Operation(FlowCommand Command, TaskCompletionSource<FlowEvent> Ended);

    public string InstanceId => instanceId;
    public DateTimeOffset Now { get; private set; } = start;
    public bool IsCancelled => CancelReason is not null;
    public string? CancelReason { get; private set; }
    public FlowProgress? Progress { get; private set; }
    public IReadOnlyCollection<FlowCommand> Pending => [.. _pending.Values.Select(o => o.Command)];
    public IReadOnlyCollection<string> Abandoned => _abandoned;

    public bool IsPending(int operation) => _pending.ContainsKey(operation);

    public Guid NewId()
    {
        CheckPlace();
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{instanceId}\0{_ids++}"));
        // Version 8 (free form) and the usual variant, so that it is a well-formed UUID.
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    public void SetProgress(FlowProgress progress)
    {
        CheckPlace();
        Progress = progress;
    }

    public async Task<TOut> StepAsync<TIn, TOut>(string step, TIn input, StepOptions? options = null)
    {
        options ??= StepOptions.Once;
        var json = FlowJson.WritePayload(input);
        for (var attempt = 1; ; attempt++)
        {
            var e = await Operate(FlowCommandKind.Step, step, json, default, "", options.EvenIfCancelled);
            if (e.Kind == FlowEventKind.Done) return FlowJson.Read<TOut>(e.Payload);
            var failure = FlowJson.Read<FlowFailure>(e.Payload);
            if (failure.Permanent || attempt >= options.Retry.MaxAttempts) throw new StepFailedException(step, failure);
            await Operate(FlowCommandKind.Delay, "", "", Now + options.Retry.DelayAfter(attempt), "", options.EvenIfCancelled);
        }
    }

    public async Task<TOut> SubFlowAsync<TIn, TOut>(string flow, string instanceId, TIn input)
    {
        var e = await Operate(FlowCommandKind.SubFlow, flow, FlowJson.WritePayload(input), default, instanceId, false);
        return e.Kind == FlowEventKind.Done ? FlowJson.Read<TOut>(e.Payload) : throw new StepFailedException(flow, FlowJson.Read<FlowFailure>(e.Payload));
    }

    public async Task DelayAsync(TimeSpan delay) => await Operate(FlowCommandKind.Delay, "", "", Now + delay, "", false);

    public async Task<FlowEventResult<T>> WaitForEventAsync<T>(string name, TimeSpan limit)
    {
        CheckPlace();
        if (!IsCancelled && _unclaimed.TryGetValue(name, out var queue) && queue.TryDequeue(out var early)) return new(true, FlowJson.Read<T>(early));
        var e = await Operate(FlowCommandKind.Event, name, "", Now + limit, "", false);
        return e.Kind == FlowEventKind.Raised ? new(true, FlowJson.Read<T>(e.Payload)) : new(false, default);
    }

    /// <summary>Completes what the event ends. Runs inside the pump.</summary>
    public void Apply(FlowEvent e)
    {
        if (e.At > Now) Now = e.At;
        switch (e.Kind)
        {
            case FlowEventKind.Raised:
                if (_pending.Values.FirstOrDefault(o => o.Command.Kind == FlowCommandKind.Event && o.Command.Name == e.Name) is { } waiting) Complete(waiting, e);
                else (_unclaimed.TryGetValue(e.Name, out var queue) ? queue : _unclaimed[e.Name] = new()).Enqueue(e.Payload);
                break;
            case FlowEventKind.CancelRequested:
                if (IsCancelled) break;
                CancelReason = e.Payload;
                foreach (var o in _pending.Values.Where(o => !o.Command.EvenIfCancelled).ToList())
                {
                    _pending.Remove(o.Command.Operation);
                    if (o.Command.Kind == FlowCommandKind.SubFlow) _abandoned.Add(o.Command.InstanceId);
                    o.Ended.SetException(new FlowCancelledException(e.Payload));
                }
                break;
            default:
                if (!_pending.TryGetValue(e.Operation, out var operation)) throw new FlowNotDeterministicException($"the history ends operation {e.Operation} ({e.Name}), which the flow does not wait for");
                if (operation.Command.Name != e.Name || operation.Command.InputDigest != e.Input)
                    throw new FlowNotDeterministicException($"operation {e.Operation} is \"{operation.Command.Name}\" now and was \"{e.Name}\" in the history, or its input differs");
                Complete(operation, e);
                break;
        }
    }

    /// <summary>The run has ended: nothing is waited for any more.</summary>
    public void AbandonAll()
    {
        foreach (var o in _pending.Values.Where(o => o.Command.Kind == FlowCommandKind.SubFlow)) _abandoned.Add(o.Command.InstanceId);
        _pending.Clear();
    }

    private Task<FlowEvent> Operate(FlowCommandKind kind, string name, string payload, DateTimeOffset due, string subFlow, bool evenIfCancelled)
    {
        CheckPlace();
        if (IsCancelled && !evenIfCancelled) return Task.FromException<FlowEvent>(new FlowCancelledException(CancelReason!));
        var operation = new Operation(new FlowCommand(++_operations, kind, name, payload, due, subFlow, evenIfCancelled), new());
        _pending.Add(operation.Command.Operation, operation);
        return operation.Ended.Task;
    }

    private void Complete(Operation operation, FlowEvent e)
    {
        _pending.Remove(operation.Command.Operation);
        operation.Ended.SetResult(e);
    }

    private void CheckPlace()
    {
        if (SynchronizationContext.Current != pump) throw new FlowNotDeterministicException("the flow left its context: it awaited something else, or used ConfigureAwait(false)");
    }
}
