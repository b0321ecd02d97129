using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>
/// One run of a flow as a function of its history: built on the start event, then given every further event in order. The same code path serves the first
/// run and the replay after a crash: what the flow asks for follows from the events alone.
/// </summary>
/// <remarks>
/// Invariants: events are applied one at a time, and the flow runs until it is idle before the next; <see cref="Pending"/> are the operations asked for and
/// not ended, by number; a runtime carries them out and appends the event to the journal before it applies it here. Not thread-safe.
/// </remarks>
public sealed class FlowExecution
{
    private readonly FlowPump _pump = new();
    private readonly FlowContext _context;
    private readonly Task<string> _task;

    /// <summary>Starts the run.</summary>
    public FlowExecution(FlowDefinition flow, string instanceId, FlowEvent started)
    {
        if (started.Kind != FlowEventKind.Started) throw new ArgumentException("a history begins with the start", nameof(started));
        _context = new FlowContext(instanceId, _pump, started.At);
        Task<string>? task = null;
        _pump.Run(() => task = Begin(flow, started.Payload));
        _task = task!;
        Settle();
    }

    /// <summary>What the run waits for, by operation number.</summary>
    public IReadOnlyCollection<FlowCommand> Pending => Outcome is null ? _context.Pending : [];

    /// <summary>Sub-flows that this run no longer waits for: to be cancelled.</summary>
    public IReadOnlyCollection<string> Abandoned => _context.Abandoned;

    /// <summary>How the run ended, or null.</summary>
    public FlowOutcome? Outcome { get; private set; }

    /// <summary>As the flow set it last.</summary>
    public FlowProgress? Progress => _context.Progress;

    /// <summary>Whether cancellation was asked for.</summary>
    public bool IsCancelled => _context.IsCancelled;

    /// <summary>Whether that operation is waited for.</summary>
    public bool IsPending(int operation) => Outcome is null && _context.IsPending(operation);

    /// <summary>Applies the next event of the history.</summary>
    public void Apply(FlowEvent e)
    {
        if (Outcome is not null) throw new InvalidOperationException("the run has ended");
        try { _pump.Run(() => _context.Apply(e)); }
        catch (FlowNotDeterministicException stray) { End(FlowState.Failed, FlowFailure.Of(stray)); return; }
        Settle();
    }

    // Wrapped, so that an exception before the first await is an outcome too.
    private async Task<string> Begin(FlowDefinition flow, string input) => await flow.RunAsync(_context, input);

    private void Settle()
    {
        if (_pump.Strayed) End(FlowState.Failed, new(nameof(FlowNotDeterministicException), "the flow awaited something that is not of its context"));
        else if (_task.IsCompletedSuccessfully) Outcome = new(FlowState.Completed, _task.Result, null);
        else if (_task.IsFaulted)
        {
            var e = _task.Exception!.InnerExceptions[0];
            End(FlowState.Failed, FlowFailure.Of(e));
        }
        else if (_task.IsCanceled) End(_context.IsCancelled ? FlowState.Cancelled : FlowState.Failed, new("Cancelled", _context.CancelReason ?? "the flow was broken off by itself"));
        else if (_context.Pending.Count == 0) End(FlowState.Failed, new(nameof(FlowNotDeterministicException), "the flow waits for something that is not of its context"));
        if (Outcome is not null) _context.AbandonAll();
    }

    private void End(FlowState state, FlowFailure failure)
    {
        Outcome = new(state, "", failure);
        _context.AbandonAll();
    }
}
