using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>Starts and steers flows. Two runtimes exist: Durable Functions, and an embedded one with a journal on one machine. One conformance suite holds for both.</summary>
public interface IFlowRuntime
{
    /// <summary>Starts a flow in its newest version. False where that instance id exists already, running or ended: nothing happens then.</summary>
    Task<bool> StartAsync<TIn>(string flow, string instanceId, TIn input, CancellationToken ct);

    /// <summary>The run's status, or null where there is none of that id.</summary>
    Task<FlowStatus?> GetAsync(string instanceId, CancellationToken ct);

    /// <summary>Runs whose id starts with <paramref name="prefix"/>, by id.</summary>
    Task<Page<FlowStatus>> ListAsync(string prefix, FlowState? state, int limit, string? cursor, CancellationToken ct);

    /// <summary>Sends an event; it is kept once this returns. False where no such run is alive.</summary>
    Task<bool> RaiseEventAsync<T>(string instanceId, string name, T payload, CancellationToken ct);

    /// <summary>Asks for cancellation; it is kept once this returns. False where no such run is alive.</summary>
    Task<bool> CancelAsync(string instanceId, string reason, CancellationToken ct);

    /// <summary>Waits until the run has ended.</summary>
    Task<FlowStatus> WaitAsync(string instanceId, CancellationToken ct);

    /// <summary>Removes an ended run with its history. False where it is alive or unknown.</summary>
    Task<bool> PurgeAsync(string instanceId, CancellationToken ct);
}

/// <summary>State of a run.</summary>
public enum FlowState { Running, Completed, Failed, Cancelled }

/// <summary>A run as the outside sees it.</summary>
/// <param name="InstanceId">Its id.</param>
/// <param name="Flow">Name of the flow.</param>
/// <param name="Version">Version of the flow's code that it was started with and ends with.</param>
/// <param name="State">Its state.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">UTC, of the last event.</param>
/// <param name="Progress">As the flow set it last, or null.</param>
/// <param name="Output">JSON of the flow's output, once completed; "" otherwise.</param>
/// <param name="Failure">Why it failed or was cancelled, or null.</param>
public sealed record FlowStatus(
    string InstanceId, string Flow, int Version, FlowState State, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    FlowProgress? Progress, string Output, FlowFailure? Failure)
{
    /// <summary>The output as a record.</summary>
    public T Result<T>() => State == FlowState.Completed
        ? FlowJson.Read<T>(Output)
        : throw new InvalidOperationException($"{InstanceId} has no output: {State}{(Failure is { } f ? ", " + f.Message : "")}");
}
