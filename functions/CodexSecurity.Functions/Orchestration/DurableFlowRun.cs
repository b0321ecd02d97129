using System.Runtime.ExceptionServices;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using Microsoft.DurableTask;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>
/// One turn of an orchestration: carries out by Durable what the flow waits for. What the flow asks for, how cancellation, events and retries behave, and what
/// counts as not deterministic is decided by <see cref="FlowExecution"/>, the same code that the embedded runtime drives.
/// </summary>
/// <remarks>
/// Durable replays this from the start at every turn. Its order follows from the history alone: things arrive one at a time, as Durable delivers them.
/// A change to which Durable operations are made breaks instances that are in flight; it needs an orchestrator of a new name beside this one.
/// </remarks>
internal sealed partial class DurableFlowRun(TaskOrchestrationContext durable, FlowRegistry registry)
{
    // A step may be interrupted so often by hosts that go down or fall over; then that is its outcome.
    private const int MostInterruptions = 5;

    private readonly Queue<FlowEvent> _arrived = new();
    private readonly Dictionary<int, InFlight> _inFlight = [];
    private readonly Dictionary<string, TaskCompletionSource<FlowOutcome>> _ends = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cancelledChildren = new(StringComparer.Ordinal);
    private TaskCompletionSource _wake = new();
    private FlowExecution? _execution;
    private FlowMark? _mark;
    private Exception? _fault;

    private sealed record InFlight(FlowCommand Command, CancellationTokenSource Stop)
    {
        public Task Task { get; set; } = Task.CompletedTask;
        public bool Released => Stop.IsCancellationRequested;
    }

    /// <summary>Runs the flow to its end.</summary>
    /// <returns>The flow's output, JSON.</returns>
    /// <exception cref="FlowEndedException">It failed or was cancelled; the custom status says which.</exception>
    public async Task<string> RunAsync(FlowInput input)
    {
        if (registry.Flow(input.Flow, input.Version) is not { } flow)
        {
            // After a roll-back, say. Failing would lose the run, so it waits; its history goes on to grow and is played once the version is there.
            durable.SetCustomStatus(new FlowMark(null, false, true, FlowState.Running, null));
            return await new TaskCompletionSource<string>().Task;
        }
        _execution = new FlowExecution(flow, durable.InstanceId, Event(FlowEventKind.Started, 0, input.Parent, "", input.Payload));
        _ = GuardAsync(ListenAsync);
        while (true)
        {
            CarryOut();
            if (_execution.Outcome is not null) break;
            Mark(FlowState.Running, null);
            while (_arrived.Count == 0) await WokenAsync();
            var e = _arrived.Dequeue();
            var known = e.Operation > 0 ? _execution.IsPending(e.Operation) : e.Kind != FlowEventKind.CancelRequested || !_execution.IsCancelled;
            if (known) _execution.Apply(e);
        }
        // A sub-flow that is being started is waited for, or it could start after it was to be cancelled.
        foreach (var running in _inFlight.Values.Where(f => f.Command.Kind == FlowCommandKind.SubFlow).ToList()) await running.Task;
        return End(input.Parent, _execution.Outcome);
    }

    private string End(string parent, FlowOutcome outcome)
    {
        Mark(outcome.State, outcome.Failure);
        if (parent.Length > 0) durable.SendEvent(parent, FlowNames.Signal, new FlowSignal(FlowSignalKind.Ended, durable.InstanceId, FlowJson.Write(outcome)));
        return outcome.State == FlowState.Completed ? outcome.Output : throw new FlowEndedException($"{outcome.State}: {outcome.Failure?.Message}");
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            var signal = await durable.WaitForExternalEvent<FlowSignal?>(FlowNames.Signal);
            if (signal is null) continue;
            if (signal.Kind == FlowSignalKind.Raise) Arrive(FlowEventKind.Raised, 0, signal.Name, "", signal.Payload);
            else if (signal.Kind == FlowSignalKind.Cancel) Arrive(FlowEventKind.CancelRequested, 0, "", "", signal.Payload);
            else if (signal.Kind == FlowSignalKind.Ended) EndOf(signal.Name).TrySetResult(FlowJson.Read<FlowOutcome>(signal.Payload));
        }
    }

    private void CarryOut()
    {
        foreach (var (operation, running) in _inFlight.Where(f => !_execution!.IsPending(f.Key)).ToList())
        {
            running.Stop.Cancel();
            // Kept while it has not noticed: a sub-flow may still be starting.
            if (running.Task.IsCompleted) _inFlight.Remove(operation);
        }
        foreach (var command in _execution!.Pending)
        {
            if (_inFlight.ContainsKey(command.Operation)) continue;
            var running = new InFlight(command, new CancellationTokenSource());
            _inFlight.Add(command.Operation, running);
            running.Task = GuardAsync(() => PerformAsync(running));
        }
    }

    private async Task WokenAsync()
    {
        if (_fault is { } fault) ExceptionDispatchInfo.Throw(fault);
        _wake = new TaskCompletionSource();
        await _wake.Task;
    }

    // A fault of this code itself, or a message that can't be read, ends the orchestration: it is no outcome of anything.
    private async Task GuardAsync(Func<Task> work)
    {
        try { await work(); }
        catch (Exception e)
        {
            _fault ??= e;
            _wake.TrySetResult();
        }
    }

    private void Arrive(FlowEventKind kind, int operation, string name, string input, string payload)
    {
        _arrived.Enqueue(Event(kind, operation, name, input, payload));
        _wake.TrySetResult();
    }

    private FlowEvent Event(FlowEventKind kind, int operation, string name, string input, string payload) =>
        new(kind, new DateTimeOffset(DateTime.SpecifyKind(durable.CurrentUtcDateTime, DateTimeKind.Utc)), operation, name, input, payload);

    private TaskCompletionSource<FlowOutcome> EndOf(string child)
    {
        if (!_ends.TryGetValue(child, out var end)) _ends.Add(child, end = new());
        return end;
    }

    private void Mark(FlowState state, FlowFailure? failure)
    {
        // Kept beside the instance, where it is limited to 16 KiB.
        if (failure is { Message.Length: > 2000 }) failure = failure with { Message = failure.Message[..2000] };
        var mark = new FlowMark(_execution!.Progress, _execution.IsCancelled, false, state, failure);
        if (mark == _mark) return;
        durable.SetCustomStatus(_mark = mark);
    }
}

/// <summary>Ends an orchestration whose flow failed or was cancelled, so that Durable's own views show it as failed.</summary>
public sealed class FlowEndedException(string message) : Exception(message);
