using System.Threading.Channels;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>
/// Drives one run: carries out what the execution waits for, and takes what comes back one by one: first to the journal, then to the execution.
/// </summary>
internal sealed class FlowActor(JournalFlowRuntime runtime, FlowDefinition flow, FlowStatus initial, CancellationToken stop)
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private sealed record Message(FlowEventKind Kind, int Operation, string Name, string Input, string Payload, TaskCompletionSource<bool>? Kept);

    private readonly Channel<Message> _mailbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<int, (FlowCommandKind Kind, CancellationTokenSource Stop, Task Task)> _inFlight = [];
    private readonly HashSet<string> _cancelled = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<FlowStatus> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _id = initial.InstanceId;
    private volatile FlowStatus _status = initial;
    private Task _loop = Task.CompletedTask;

    /// <summary>The run's status now.</summary>
    public FlowStatus Status => _status;

    /// <summary>The final status; fails where the runtime stopped before.</summary>
    public Task<FlowStatus> Ended => _ended.Task;

    /// <summary>Starts the loop; once.</summary>
    public void Launch() => _loop = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Ends when nothing of the run is active any more.</summary>
    public Task StoppedAsync() => _loop;

    /// <summary>Sends something from outside; true once it is in the journal, false where the run has ended.</summary>
    public async Task<bool> SendAsync(FlowEventKind kind, string name, string payload)
    {
        var kept = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(new Message(kind, 0, name, "", payload, kept)) && await kept.Task.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            await DriveAsync().ConfigureAwait(false);
            await QuietAsync().ConfigureAwait(false);
            runtime.Forget(_id);
            _ended.TrySetResult(_status);
        }
        catch (Exception e)
        {
            // The one handler of the loop: a stop and a broken journal both leave the run as the journal has it.
            await QuietAsync().ConfigureAwait(false);
            _ended.TrySetException(e is OperationCanceledException ? new StoreUnavailableException("the runtime stopped; the run goes on at its next start", e) : e);
            _ = _ended.Task.Exception;
        }
        finally
        {
            _mailbox.Writer.TryComplete();
            while (_mailbox.Reader.TryRead(out var late)) late.Kept?.TrySetResult(false);
        }
    }

    private async Task DriveAsync()
    {
        var history = runtime.Guarded(() => runtime.Journal.Read(_id));
        var execution = new FlowExecution(flow, _id, history[0]);
        foreach (var e in history.Skip(1)) if (execution.Outcome is null) execution.Apply(e);
        var (sequence, last) = (history.Count, history[^1].At);
        DateTimeOffset Now() => runtime.Time.GetUtcNow() is var now && now > last ? last = now : last;
        _status = _status with { Progress = execution.Progress };

        while (execution.Outcome is null)
        {
            stop.ThrowIfCancellationRequested();
            await CarryOutAsync(execution).ConfigureAwait(false);
            var m = await _mailbox.Reader.ReadAsync(stop).ConfigureAwait(false);
            var known = m.Operation > 0 ? execution.IsPending(m.Operation) : m.Kind != FlowEventKind.CancelRequested || !execution.IsCancelled;
            if (known)
            {
                var e = new FlowEvent(m.Kind, Now(), m.Operation, m.Name, m.Input, m.Payload);
                var next = _status with { UpdatedAt = e.At, Progress = execution.Progress };
                runtime.Guarded(() => { runtime.Journal.Append(_id, sequence, e, next); return true; });
                sequence++;
                execution.Apply(e);
                _status = next with { Progress = execution.Progress };
            }
            m.Kept?.TrySetResult(true);
        }
        await CarryOutAsync(execution).ConfigureAwait(false);
        var end = new FlowEvent(FlowEventKind.Ended, Now(), 0, "", "", execution.Outcome.State.ToString());
        var final = _status with { State = execution.Outcome.State, UpdatedAt = end.At, Progress = execution.Progress, Output = execution.Outcome.Output, Failure = execution.Outcome.Failure };
        runtime.Guarded(() => { runtime.Journal.Append(_id, sequence, end, final); return true; });
        _status = final;
    }

    private async Task CarryOutAsync(FlowExecution execution)
    {
        foreach (var (operation, running) in _inFlight.Where(f => !execution.IsPending(f.Key)).ToList())
        {
            await running.Stop.CancelAsync().ConfigureAwait(false);
            // A sub-flow is let go of before it is cancelled below, or it could be started after that.
            if (running.Kind == FlowCommandKind.SubFlow) await running.Task.ConfigureAwait(false);
            if (!running.Task.IsCompleted) continue;
            running.Stop.Dispose();
            _inFlight.Remove(operation);
        }
        foreach (var child in execution.Abandoned.Where(_cancelled.Add).ToList()) await CancelChildAsync(child).ConfigureAwait(false);
        foreach (var command in execution.Pending)
        {
            if (_inFlight.ContainsKey(command.Operation)) continue;
            var source = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _inFlight.Add(command.Operation, (command.Kind, source, Task.Run(() => PerformAsync(command, source.Token), CancellationToken.None)));
        }
    }

    // Reports the end of an operation. Breaking it off reports nothing: either nobody waits for it any more, or the next start runs it again.
    private async Task PerformAsync(FlowCommand command, CancellationToken ct)
    {
        void Report(FlowEventKind kind, string payload) => _mailbox.Writer.TryWrite(new Message(kind, command.Operation, command.Name, command.InputDigest, payload, null));
        try
        {
            switch (command.Kind)
            {
                case FlowCommandKind.Step:
                    Report(FlowEventKind.Done, await runtime.RunStepAsync(command, ct).ConfigureAwait(false));
                    break;
                case FlowCommandKind.SubFlow:
                    var child = await SubFlowAsync(command, ct).ConfigureAwait(false);
                    if (child.State == FlowState.Completed) Report(FlowEventKind.Done, child.Output);
                    else Report(FlowEventKind.Failed, FlowJson.Write(child.Failure ?? new FlowFailure(child.State.ToString(), "the sub-flow did not complete")));
                    break;
                default:
                    while (command.Due - runtime.Time.GetUtcNow() is { Ticks: > 0 } left) await Task.Delay(left < LongestTimer ? left : LongestTimer, runtime.Time, ct).ConfigureAwait(false);
                    Report(FlowEventKind.Fired, "");
                    break;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { return; }
        catch (StoreUnavailableException) when (stop.IsCancellationRequested) { return; }
        catch (Exception e)
        {
            // What a step throws is its outcome; the flow decides.
            Report(FlowEventKind.Failed, FlowJson.Write(FlowFailure.Of(e)));
        }
    }

    private async Task<FlowStatus> SubFlowAsync(FlowCommand command, CancellationToken ct)
    {
        if (!runtime.Start(command.Name, command.InstanceId, command.Payload, _id) && runtime.Get(command.InstanceId) is { } found && found.Flow != command.Name)
            throw new StepRejectedException($"the run \"{command.InstanceId}\" is a {found.Flow}, not a {command.Name}");
        return await runtime.WaitAsync(command.InstanceId, ct).ConfigureAwait(false);
    }

    // Only a run that this one started: one that it joined belongs to somebody else.
    private async Task CancelChildAsync(string child)
    {
        if (runtime.Guarded(() => runtime.Journal.Read(child)) is [{ } started, ..] && started.Name == _id)
            await runtime.CancelAsync(child, "the run that waited for it was cancelled", stop).ConfigureAwait(false);
    }

    private async Task QuietAsync()
    {
        foreach (var (_, source, _) in _inFlight.Values) await source.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_inFlight.Values.Select(f => f.Task)).ConfigureAwait(false);
        foreach (var (_, source, _) in _inFlight.Values) source.Dispose();
        _inFlight.Clear();
    }
}
