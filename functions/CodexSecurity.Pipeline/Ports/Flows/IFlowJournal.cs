namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>
/// What happened to each run, in order; append-only until purged. Every write is atomic and kept when the call returns: a killed process loses nothing
/// that was written. Used by one runtime at a time, from any thread.
/// </summary>
public interface IFlowJournal
{
    /// <summary>Adds a run with its first event; false where that id exists.</summary>
    bool TryCreate(FlowStatus status, FlowEvent started);

    /// <summary>Adds event number <paramref name="sequence"/> (from 1; 0 is the start) and sets the status, both or neither.</summary>
    /// <exception cref="InvalidOperationException">That number is there already: somebody else writes to this run.</exception>
    void Append(string instanceId, int sequence, FlowEvent e, FlowStatus status);

    /// <summary>Events of a run in order; empty where unknown.</summary>
    IReadOnlyList<FlowEvent> Read(string instanceId);

    /// <summary>A run's status as of its last event, or null.</summary>
    FlowStatus? Get(string instanceId);

    /// <summary>Runs whose id starts with <paramref name="prefix"/> and comes after <paramref name="after"/>, in ordinal order.</summary>
    IReadOnlyList<FlowStatus> List(string prefix, FlowState? state, int limit, string? after);

    /// <summary>Removes an ended run; false where it is alive or unknown.</summary>
    bool Delete(string instanceId);
}

/// <summary>What can happen to a run.</summary>
public enum FlowEventKind { Started, Done, Failed, Fired, Raised, CancelRequested, Ended }

/// <summary>Something that happened to a run.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">UTC; never before the event before it.</param>
/// <param name="Operation">Number of the operation that ended (from 1), else 0.</param>
/// <param name="Name">Step, flow or event; for the start the parent's id, "" for none.</param>
/// <param name="Input">First 16 hex digits of the SHA-256 of the operation's input, by which a changed flow is noticed; "" otherwise.</param>
/// <param name="Payload">JSON: input of the start, output, failure or event payload; the reason of a cancellation; the final state.</param>
public sealed record FlowEvent(FlowEventKind Kind, DateTimeOffset At, int Operation, string Name, string Input, string Payload);
