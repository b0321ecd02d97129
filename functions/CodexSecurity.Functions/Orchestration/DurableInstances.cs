using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>An instance as its status is read.</summary>
/// <param name="Status">For the outside.</param>
/// <param name="Parent">Instance that started it, or "".</param>
/// <param name="Cancelled">Cancellation was asked for.</param>
/// <param name="Parked">Waits for a host that has its version.</param>
internal sealed record DurableInstance(FlowStatus Status, string Parent, bool Cancelled, bool Parked);

/// <summary>Reads and starts instances through Durable's client.</summary>
internal static class DurableInstances
{
    // Of an id that exists in any state nothing is started. A host that does not know this option falls back on the look before it.
    private static readonly string[] Any = [.. Enum.GetNames<OrchestrationRuntimeStatus>().Where(s => s != "ContinuedAsNew")];

    /// <summary>Starts an instance; false where the id exists.</summary>
    public static async Task<bool> TryStartAsync(DurableTaskClient client, string id, FlowInput input, CancellationToken ct)
    {
        if (await ReachAsync(() => client.GetInstanceAsync(id, false, ct)).ConfigureAwait(false) is not null) return false;
        try
        {
            await ReachAsync(() => client.ScheduleNewOrchestrationInstanceAsync(FlowNames.Orchestrator, input, new StartOrchestrationOptions(id) { DedupeStatuses = Any }, ct)).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e.GetType().Name == "OrchestrationAlreadyExistsException" || e is RpcException { StatusCode: StatusCode.AlreadyExists }) { return false; }
    }

    /// <summary>An instance, or null.</summary>
    public static async Task<DurableInstance?> GetAsync(DurableTaskClient client, string id, CancellationToken ct) =>
        await ReachAsync(() => client.GetInstanceAsync(id, true, ct)).ConfigureAwait(false) is { } found ? Read(found) : null;

    /// <summary>What is known of an instance; it was fetched with its input and output.</summary>
    public static DurableInstance Read(OrchestrationMetadata m)
    {
        // Anybody may start an orchestration of that name in the hub by hand; one without our input has no flow's name.
        var input = m.SerializedInput is null ? null : m.ReadInputAs<FlowInput>();
        var mark = m.SerializedCustomStatus is null ? null : m.ReadCustomStatusAs<FlowMark>();
        var state = m.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Completed => FlowState.Completed,
            OrchestrationRuntimeStatus.Failed => mark is { State: FlowState.Cancelled } ? FlowState.Cancelled : FlowState.Failed,
            OrchestrationRuntimeStatus.Terminated => FlowState.Cancelled,
            _ => FlowState.Running,
        };
        var failure = state is FlowState.Failed or FlowState.Cancelled ? mark?.Failure ?? Failure(m) : null;
        var output = state == FlowState.Completed ? m.ReadOutputAs<string>() ?? "" : "";
        var status = new FlowStatus(m.InstanceId, input?.Flow ?? "", input?.Version ?? 0, state, m.CreatedAt, m.LastUpdatedAt, mark?.Progress, output, failure);
        return new DurableInstance(status, input?.Parent ?? "", mark?.Cancelled ?? false, mark?.Parked ?? false);
    }

    /// <summary>Calls the hub; one that is not reached is a store that can't be had.</summary>
    /// <exception cref="StoreUnavailableException">Not reached.</exception>
    public static async Task<T> ReachAsync<T>(Func<Task<T>> call)
    {
        try { return await call().ConfigureAwait(false); }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled) { throw new OperationCanceledException(e.Status.Detail, e); }
        catch (RpcException e) when (e.StatusCode != StatusCode.AlreadyExists) { throw new StoreUnavailableException("the task hub can't be used: " + e.Status.Detail, e); }
    }

    // A run that Durable itself ended: terminated by hand, or its replay did not fit its history.
    private static FlowFailure Failure(OrchestrationMetadata m) => m switch
    {
        { RuntimeStatus: OrchestrationRuntimeStatus.Terminated } => new("Terminated", m.SerializedOutput ?? "the run was terminated"),
        { FailureDetails: { } f } when f.ErrorType.Contains("NonDeterministic", StringComparison.Ordinal) => new(nameof(FlowNotDeterministicException), f.ErrorMessage),
        { FailureDetails: { } f } => new(f.ErrorType, f.ErrorMessage),
        _ => new("Failed", "the run failed; its history says why"),
    };
}
