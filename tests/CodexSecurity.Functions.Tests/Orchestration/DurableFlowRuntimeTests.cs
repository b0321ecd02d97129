using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>The conformance suite of flow runtimes, over the genuine worker and client of Durable Task.</summary>
public class DurableFlowRuntimeTests : FlowRuntimeContract
{
    private readonly TaskHub _hub = new();
    private bool _wakes = true;

    protected override async Task<RuntimeUnderTest> OpenAsync(FlowRegistry registry, CrashPlan? crash = null, Action<FlowEvent>? kept = null)
    {
        await _hub.OpenAsync(crash, kept);
        var host = await HubHost.StartAsync(_hub, registry);
        var runtime = new DurableFlowRuntime(host.Client, registry);
        // Durable has an instance move at its next event only, the embedded runtime all of them when it opens. This is that event.
        if (crash is null && _wakes) foreach (var run in (await runtime.ListAsync("", FlowState.Running, 100, null, default)).Items) await WakeAsync(host, run.InstanceId);
        return new RuntimeUnderTest(runtime, host.DisposeAsync);
    }

    private static Task WakeAsync(HubHost host, string id) => host.Client.RaiseEventAsync(id, FlowNames.Signal, new FlowSignal(FlowSignalKind.Wake, "", ""));

    [Fact(Skip = "Durable replays a flow from its start at every turn: what was set from outside meanwhile looks as if it had always been so, and is not seen")]
    public override Task A_flow_that_is_continued_from_outside_fails() => Task.CompletedTask;

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        for (var i = 0; i < 2000; i++) { if (await done()) return; await Task.Delay(10); }
        Assert.Fail("it did not come");
    }

    private static FlowRegistry Waiting(int version) => new FlowRegistry().AddFlow<int, int>("flow", version, async (c, x) => x + version * 10 + (await c.WaitForEventAsync<int>("go", TimeSpan.FromMinutes(5))).Value * 100);

    [Fact]
    public async Task A_run_whose_version_is_away_waits_and_misses_nothing()
    {
        await using (var first = await OpenAsync(Waiting(1))) await first.Runtime.StartAsync("flow", "run", 1, default);
        await using (var without = await OpenAsync(Waiting(2)))
        {
            Assert.True(await without.Runtime.RaiseEventAsync("run", "go", 3, default));
            await Task.Delay(300);
            Assert.Equal(FlowState.Running, (await without.Runtime.GetAsync("run", default))!.State);
            Assert.Equal(0, await ((DurableFlowRuntime)without.Runtime).WakeParkedAsync(default));
        }
        _wakes = false;
        await using var second = await OpenAsync(Waiting(1));
        Assert.Equal(1, await ((DurableFlowRuntime)second.Runtime).WakeParkedAsync(default));
        Assert.Equal(311, (await second.Runtime.WaitAsync("run", default).WaitAsync(TimeSpan.FromSeconds(20))).Result<int>());
        Assert.Equal(0, await ((DurableFlowRuntime)second.Runtime).WakeParkedAsync(default));
    }

    [Fact]
    public async Task A_run_that_was_joined_only_is_not_cancelled_with_who_joined_it()
    {
        var registry = Waiting(1).AddFlow<int, int>("parent", 1, (c, x) => c.SubFlowAsync<int, int>("flow", "child", x));
        await using var host = await OpenAsync(registry);
        await host.Runtime.StartAsync("flow", "child", 5, default);
        await host.Runtime.StartAsync("parent", "one", 0, default);
        await host.Runtime.StartAsync("parent", "two", 0, default);
        await UntilAsync(async () => (await host.Runtime.GetAsync("one", default))!.State == FlowState.Running);
        Assert.True(await host.Runtime.CancelAsync("one", "enough", default));
        Assert.Equal(FlowState.Cancelled, (await host.Runtime.WaitAsync("one", default).WaitAsync(TimeSpan.FromSeconds(20))).State);
        Assert.Equal(FlowState.Running, (await host.Runtime.GetAsync("child", default))!.State);
        await host.Runtime.RaiseEventAsync("child", "go", 1, default);
        Assert.Equal(115, (await host.Runtime.WaitAsync("two", default).WaitAsync(TimeSpan.FromSeconds(20))).Result<int>());
    }

    [Theory]
    [InlineData("flow", "is a other")]
    [InlineData("absent", "no flow is registered")]
    public async Task A_sub_flow_that_can_not_be_fails_alone(string flow, string reason)
    {
        var registry = Waiting(1).AddFlow<int, int>("other", 1, (_, x) => Task.FromResult(x)).AddFlow<int, string>("parent", 1, async (c, x) =>
        {
            try { return "" + await c.SubFlowAsync<int, int>(flow, "taken", x); }
            catch (StepFailedException e) { return e.Failure.Message; }
        });
        await using var host = await OpenAsync(registry);
        await host.Runtime.StartAsync("other", "taken", 1, default);
        await host.Runtime.StartAsync("parent", "run", 1, default);
        Assert.Contains(reason, (await host.Runtime.WaitAsync("run", default).WaitAsync(TimeSpan.FromSeconds(20))).Result<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_runs_are_purged_and_those_alive_stay()
    {
        await using var host = await OpenAsync(Waiting(1).AddFlow<int, int>("quick", 1, (_, x) => Task.FromResult(x)));
        await host.Runtime.StartAsync("flow", "alive", 1, default);
        await host.Runtime.StartAsync("quick", "over", 1, default);
        await host.Runtime.WaitAsync("over", default).WaitAsync(TimeSpan.FromSeconds(20));
        var runtime = (DurableFlowRuntime)host.Runtime;
        Assert.Equal(0, await runtime.PurgeEndedAsync(DateTimeOffset.UtcNow.AddDays(-1), default));
        Assert.Equal(1, await runtime.PurgeEndedAsync(DateTimeOffset.UtcNow.AddMinutes(1), default));
        Assert.Equal(["alive"], (await runtime.ListAsync("", null, 10, null, default)).Items.Select(s => s.InstanceId));
    }
}
