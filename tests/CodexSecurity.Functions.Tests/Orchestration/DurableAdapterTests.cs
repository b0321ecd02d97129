using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Moq;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>The client's side of the adapter, against a client that answers what a hub can answer.</summary>
public class DurableAdapterTests
{
    private readonly Mock<DurableTaskClient> _client = new("test");

    private DurableFlowRuntime Runtime => new(_client.Object, new FlowRegistry().AddFlow<int, int>("flow", 3, (_, x) => Task.FromResult(x)));

    private static OrchestrationMetadata Metadata(OrchestrationRuntimeStatus status, FlowMark? mark = null, TaskFailureDetails? failure = null, string? output = null) => new(FlowNames.Orchestrator, "run")
    {
        RuntimeStatus = status,
        DataConverter = JsonDataConverter.Default,
        SerializedInput = JsonDataConverter.Default.Serialize(new FlowInput("flow", 2, "1", "parent")),
        SerializedCustomStatus = mark is null ? null : JsonDataConverter.Default.Serialize(mark),
        SerializedOutput = output,
        FailureDetails = failure,
    };

    private void Has(OrchestrationMetadata? metadata) =>
        _client.Setup(c => c.GetInstanceAsync("run", It.IsAny<bool>(), It.IsAny<CancellationToken>())).ReturnsAsync(metadata);

    private void Schedules(Func<Task<string>> result, Action<FlowInput, StartOrchestrationOptions>? seen = null) => _client
        .Setup(c => c.ScheduleNewOrchestrationInstanceAsync(It.Is<TaskName>(n => n.Name == "flow"), It.IsAny<object?>(), It.IsAny<StartOrchestrationOptions?>(), It.IsAny<CancellationToken>()))
        .Callback((TaskName _, object? input, StartOrchestrationOptions? options, CancellationToken _) => seen?.Invoke((FlowInput)input!, options!)).Returns(result);

    [Fact]
    public async Task A_start_names_the_newest_version_and_replaces_no_run_in_any_state()
    {
        (FlowInput? Input, StartOrchestrationOptions? Options) seen = default;
        Has(null);
        Schedules(() => Task.FromResult("run"), (i, o) => seen = (i, o));
        Assert.True(await Runtime.StartAsync("flow", "run", 7, default));
        Assert.Equal((new FlowInput("flow", 3, "7", ""), "run"), (seen.Input, seen.Options!.InstanceId));
        Assert.Superset(new HashSet<string> { "Completed", "Failed", "Terminated", "Pending", "Running", "Suspended" }, seen.Options.DedupeStatuses!.ToHashSet());
    }

    [Fact]
    public async Task An_id_that_exists_is_not_started()
    {
        Has(Metadata(OrchestrationRuntimeStatus.Completed));
        Assert.False(await Runtime.StartAsync("flow", "run", 7, default));
        _client.Verify(c => c.ScheduleNewOrchestrationInstanceAsync(It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<StartOrchestrationOptions?>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task Of_two_starts_at_once_one_wins()
    {
        Has(null);
        Schedules(() => throw new RpcException(new Status(StatusCode.AlreadyExists, "there")));
        Assert.False(await Runtime.StartAsync("flow", "run", 7, default));
    }

    [Fact]
    public async Task A_hub_that_is_away_is_a_store_that_can_not_be_had()
    {
        Has(null);
        Schedules(() => throw new RpcException(new Status(StatusCode.Unavailable, "away")));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Runtime.StartAsync("flow", "run", 7, default));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending, FlowState.Running, FlowState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, FlowState.Running, FlowState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Completed, FlowState.Completed, FlowState.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed, FlowState.Cancelled, FlowState.Cancelled)]
    [InlineData(OrchestrationRuntimeStatus.Failed, FlowState.Failed, FlowState.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Failed, FlowState.Running, FlowState.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, FlowState.Running, FlowState.Cancelled)]
    public async Task States_are_the_flows_own_where_durable_knows_less(OrchestrationRuntimeStatus durable, FlowState marked, FlowState expected)
    {
        Has(Metadata(durable, new FlowMark(new FlowProgress("p", 1, 2, 3, ""), false, false, marked, marked is FlowState.Failed or FlowState.Cancelled ? new("T", "why") : null), output: "\"5\""));
        var status = (await Runtime.GetAsync("run", default))!;
        Assert.Equal((expected, "flow", 2, "p"), (status.State, status.Flow, status.Version, status.Progress!.Phase));
        Assert.Equal(expected == FlowState.Completed ? "5" : "", status.Output);
        Assert.Equal(expected is FlowState.Failed or FlowState.Cancelled, status.Failure is not null);
    }

    [Fact]
    public async Task A_replay_that_did_not_fit_its_history_is_named_as_such()
    {
        Has(Metadata(OrchestrationRuntimeStatus.Failed, null, new TaskFailureDetails("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", "changed", null, null, null)));
        Assert.Equal(nameof(FlowNotDeterministicException), (await Runtime.GetAsync("run", default))!.Failure!.Type);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, true)]
    public async Task Only_a_run_that_is_alive_is_told_anything(OrchestrationRuntimeStatus? status, bool expected)
    {
        Has(status is { } s ? Metadata(s) : null);
        Assert.Equal(expected, await Runtime.CancelAsync("run", "why", default));
        Assert.Equal(expected, await Runtime.RaiseEventAsync("run", "go", 4, default));
        _client.Verify(c => c.RaiseEventAsync("run", FlowNames.Signal, new FlowSignal(FlowSignalKind.Cancel, "", "why"), default), expected ? Times.Once : Times.Never);
        _client.Verify(c => c.RaiseEventAsync("run", FlowNames.Signal, new FlowSignal(FlowSignalKind.Raise, "go", "4"), default), expected ? Times.Once : Times.Never);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public async Task A_step_stops_when_its_flow_was_cancelled_unless_it_is_to_go_on(bool cancelled, bool evenIfCancelled, bool stops)
    {
        Has(Metadata(OrchestrationRuntimeStatus.Running, new FlowMark(null, cancelled, false, FlowState.Running, null)));
        var registry = new FlowRegistry().AddStep<int, bool>("slow", async (_, ct) =>
        {
            try { await Task.Delay(stops ? 20_000 : 300, ct); return false; }
            catch (OperationCanceledException) { return true; }
        });
        var reply = await new DurableSteps(registry, TimeProvider.System, TimeSpan.FromMilliseconds(20)).RunAsync(new StepCall("run", "slow", "1", evenIfCancelled), _client.Object, default);
        Assert.Equal(stops ? "true" : "false", reply.Output);
    }

    [Fact]
    public async Task What_a_step_throws_is_its_reply_and_a_host_that_goes_down_is_no_outcome()
    {
        Has(Metadata(OrchestrationRuntimeStatus.Running));
        using var stopping = new CancellationTokenSource();
        var registry = new FlowRegistry().AddStep<int, int>("reject", (_, _) => throw new StepRejectedException("never"))
            .AddStep<int, int>("endless", async (x, ct) => { stopping.CancelAfter(20); await Task.Delay(Timeout.Infinite, ct); return x; });
        var steps = new DurableSteps(registry, TimeProvider.System, TimeSpan.FromMinutes(1));
        Assert.Equal(new FlowFailure(nameof(StepRejectedException), "never", true), (await steps.RunAsync(new StepCall("run", "reject", "1", false), _client.Object, default)).Failure);
        Assert.Equal(StepReply.Interrupted, (await steps.RunAsync(new StepCall("run", "endless", "1", false), _client.Object, stopping.Token)).Failure!.Type);
    }
}
