using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>The conformance suite of flow runtimes, over the genuine worker and client of Durable Task.</summary>
public class DurableFlowRuntimeTests : FlowRuntimeContract
{
    private readonly TaskHub _hub = new();

    protected override async Task<RuntimeUnderTest> OpenAsync(FlowRegistry registry, CrashPlan? crash = null, Action<FlowEvent>? kept = null)
    {
        await _hub.OpenAsync(crash, kept);
        var host = await HubHost.StartAsync(_hub, registry);
        var runtime = new DurableFlowRuntime(host.Client, registry);
        // Durable has an instance move at its next event only, the embedded runtime all of them when it opens. This is that event.
        if (crash is null) foreach (var run in (await runtime.ListAsync("", FlowState.Running, 100, null, default)).Items) await WakeAsync(host, run.InstanceId);
        return new RuntimeUnderTest(runtime, host.DisposeAsync);
    }

    private static Task WakeAsync(HubHost host, string id) => host.Client.RaiseEventAsync(id, FlowNames.Signal, new FlowSignal(FlowSignalKind.Wake, "", ""));

    [Fact(Skip = "Durable replays a flow from its start at every turn: what was set from outside meanwhile looks as if it had always been so, and is not seen")]
    public override Task A_flow_that_is_continued_from_outside_fails() => Task.CompletedTask;
}
