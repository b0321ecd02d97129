namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>
/// All that a flow may touch. Every member is replay-safe: when a flow is continued after a crash it runs again from its start, the members give what
/// they gave before, and only what had not ended is carried out. A flow awaits nothing but tasks of this interface (and WhenAll, WhenAny over them),
/// never with ConfigureAwait(false), and uses no clock, randomness, configuration or I/O.
/// </summary>
/// <remarks>
/// On Durable Functions (DurableFlowRun) the same execution as in the embedded runtime decides what a flow waits for, and Durable carries it out: a step is one
/// activity "step"; a sub-flow one orchestrator "flow" with the given instance id, started or found by the activity "join"; a delay or limit CreateTimer; events,
/// cancellation and the end of a sub-flow come by one external event, which every wait races with; progress and the flow's own state stand in the custom status.
/// </remarks>
public interface IFlowContext
{
    /// <summary>Id of this run; the same id is never run twice.</summary>
    string InstanceId { get; }

    /// <summary>Time of the last thing that happened to the flow, UTC. Equal in every replay.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Whether cancellation was asked for.</summary>
    bool IsCancelled { get; }

    /// <summary>A new id, equal in every replay.</summary>
    Guid NewId();

    /// <summary>Runs a step of the registry. Runs it at least once; its outcome counts exactly once.</summary>
    /// <exception cref="StepFailedException">Every attempt failed.</exception>
    /// <exception cref="FlowCancelledException">The flow was cancelled before the step ended.</exception>
    Task<TOut> StepAsync<TIn, TOut>(string step, TIn input, StepOptions? options = null);

    /// <summary>Runs another flow to its end. An instance of that id that exists already is joined, not started again.</summary>
    /// <exception cref="StepFailedException">The flow failed or was cancelled.</exception>
    /// <exception cref="FlowCancelledException">This flow was cancelled; the sub-flow is then cancelled too.</exception>
    Task<TOut> SubFlowAsync<TIn, TOut>(string flow, string instanceId, TIn input);

    /// <summary>Waits; the time left survives a restart.</summary>
    Task DelayAsync(TimeSpan delay);

    /// <summary>Waits for an event from outside, at most <paramref name="limit"/>. Events that came before are kept, in their order.</summary>
    Task<FlowEventResult<T>> WaitForEventAsync<T>(string name, TimeSpan limit);

    /// <summary>Shows how far the flow is.</summary>
    void SetProgress(FlowProgress progress);
}

/// <summary>How a step is run.</summary>
/// <param name="Retry">When to try again.</param>
/// <param name="EvenIfCancelled">For clean-up and for recording: runs although the flow was cancelled, and is not broken off.</param>
public sealed record StepOptions(RetryPolicy Retry, bool EvenIfCancelled = false)
{
    /// <summary>One attempt.</summary>
    public static StepOptions Once { get; } = new(RetryPolicy.None);
}

/// <summary>When a failed step is tried again.</summary>
/// <param name="MaxAttempts">Attempts in all, at least 1.</param>
/// <param name="FirstDelay">Wait before the second attempt.</param>
/// <param name="Backoff">Factor from each wait to the next, at least 1.0.</param>
/// <param name="MaxDelay">Longest wait.</param>
public sealed record RetryPolicy(int MaxAttempts, TimeSpan FirstDelay, double Backoff, TimeSpan MaxDelay)
{
    /// <summary>One attempt.</summary>
    public static RetryPolicy None { get; } = new(1, TimeSpan.Zero, 1, TimeSpan.Zero);

    /// <summary>Three attempts, after 2 and 8 seconds: for what goes over a network.</summary>
    public static RetryPolicy Network { get; } = new(3, TimeSpan.FromSeconds(2), 4, TimeSpan.FromMinutes(1));

    /// <summary>Wait after attempt number <paramref name="attempt"/> (from 1) failed.</summary>
    public TimeSpan DelayAfter(int attempt)
    {
        var ticks = FirstDelay.Ticks * Math.Pow(Backoff, attempt - 1);
        return ticks >= MaxDelay.Ticks ? MaxDelay : TimeSpan.FromTicks((long)ticks);
    }
}

/// <summary>What came of waiting for an event.</summary>
/// <param name="Received">False where the time limit ended the wait.</param>
/// <param name="Value">The event's payload; the default where none came.</param>
public sealed record FlowEventResult<T>(bool Received, T? Value);

/// <summary>How far a flow is; small, as it is kept with the run's status.</summary>
/// <param name="Phase">Name of the phase.</param>
/// <param name="Done">Parts of the phase that ended.</param>
/// <param name="Total">Parts of the phase; 0 where unknown.</param>
/// <param name="Findings">Findings so far.</param>
/// <param name="Message">For people; "" for none.</param>
public sealed record FlowProgress(string Phase, int Done, int Total, int Findings, string Message);
