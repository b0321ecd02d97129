using System.Collections.Concurrent;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Tests.Contracts;

public abstract partial class FlowRuntimeContract
{
    [Fact]
    public async Task Cancellation_ends_waits_and_steps_and_sub_flows_and_lets_the_flow_clean_up()
    {
        var (stopped, cleaned) = (new TaskCompletionSource(), 0);
        var running = new TaskCompletionSource();
        var registry = new FlowRegistry()
            .AddStep<int, int>("endless", async (x, ct) => { running.TrySetResult(); try { await Task.Delay(Timeout.Infinite, ct); } finally { stopped.TrySetResult(); } return x; })
            .AddStep<int, int>("clean", (x, _) => Task.FromResult(cleaned = x))
            .AddFlow<int, bool>("child", 1, async (c, _) => (await c.WaitForEventAsync<int>("never", Long)).Received)
            .AddFlow<int, int>("flow", 1, async (c, x) =>
            {
                try { await Task.WhenAll(c.StepAsync<int, int>("endless", x), c.SubFlowAsync<int, bool>("child", "run-child", x), c.DelayAsync(Long)); return 0; }
                catch (FlowCancelledException) { await c.StepAsync<int, int>("clean", 7, Patient with { EvenIfCancelled = true }); throw; }
            });
        await using var host = await OpenAsync(registry);
        await host.Runtime.StartAsync("flow", "run", 1, None);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(10));
        while (await host.Runtime.GetAsync("run-child", None) is null) await Task.Delay(5);
        Assert.True(await host.Runtime.CancelAsync("run", "enough", None));
        var end = await EndOf(host, "run");
        Assert.Equal((FlowState.Cancelled, "enough", 7), (end.State, end.Failure!.Message, cleaned));
        Assert.Equal(FlowState.Cancelled, (await EndOf(host, "run-child")).State);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(await host.Runtime.CancelAsync("run", "again", None));
    }

    [Fact]
    public async Task A_run_that_waits_goes_on_after_a_restart()
    {
        var runs = 0;
        FlowRegistry Registry() => new FlowRegistry().AddStep<int, int>("count", (x, _) => Task.FromResult(x + Interlocked.Increment(ref runs))).AddFlow<int, int>("flow", 1, async (c, x) =>
        {
            var before = await c.StepAsync<int, int>("count", x);
            return before * 10 + (await c.WaitForEventAsync<int>("go", Long)).Value;
        });
        await using (var first = await OpenAsync(Registry()))
        {
            await first.Runtime.StartAsync("flow", "run", 0, None);
            while (runs == 0) await Task.Delay(5);
            await Task.Delay(50);
        }
        await using var second = await OpenAsync(Registry());
        await second.Runtime.RaiseEventAsync("run", "go", 5, None);
        Assert.Equal(15, (await EndOf(second, "run")).Result<int>());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_run_ends_with_the_version_that_it_began_with()
    {
        static FlowRegistry V(params int[] versions)
        {
            var registry = new FlowRegistry();
            foreach (var v in versions) registry.AddFlow<int, int>("flow", v, async (c, _) => { await c.WaitForEventAsync<int>("go", Long); return v; });
            return registry;
        }
        await using (var first = await OpenAsync(V(1))) await first.Runtime.StartAsync("flow", "old", 0, None);
        await using (var gone = await OpenAsync(V(2))) Assert.Equal(FlowState.Running, (await gone.Runtime.GetAsync("old", None))!.State);
        await using var second = await OpenAsync(V(1, 2));
        await second.Runtime.StartAsync("flow", "new", 0, None);
        foreach (var id in new[] { "old", "new" }) await second.Runtime.RaiseEventAsync(id, "go", 0, None);
        Assert.Equal((1, 2), ((await EndOf(second, "old")).Result<int>(), (await EndOf(second, "new")).Result<int>()));
    }

    [Fact]
    public async Task A_flow_that_changed_under_a_run_fails_with_the_reason()
    {
        FlowRegistry Registry(string step) => Numbers().AddStep<int, int>("other", (x, _) => Task.FromResult(x)).AddFlow<int, int>("flow", 1, async (c, x) =>
        {
            var value = await c.StepAsync<int, int>(step, x);
            await c.WaitForEventAsync<int>("go", Long);
            return value;
        });
        await using (var first = await OpenAsync(Registry("double")))
        {
            await first.Runtime.StartAsync("flow", "run", 0, None);
            await Task.Delay(100);
        }
        await using var second = await OpenAsync(Registry("other"));
        Assert.Equal(nameof(FlowNotDeterministicException), (await EndOf(second, "run")).Failure!.Type);
    }

    /// <summary>Every feature in one flow; its output holds all that could differ in a replay, the clock aside.</summary>
    private static async Task<string> Everything(IFlowContext c, int x)
    {
        var id = c.NewId();
        var first = await c.StepAsync<string, string>("work", "first");
        var parts = await c.FanOutAsync<string, string>("work", ["p0", "p1", "p2", "p3"], 2);
        var shaky = await c.StepAsync<string, string>("shaky", "s", Patient);
        await c.DelayAsync(TimeSpan.FromMilliseconds(2));
        var child = await c.SubFlowAsync<int, string>("child", c.InstanceId + "-child", x);
        var none = await c.WaitForEventAsync<int>("none", TimeSpan.FromMilliseconds(2));
        c.SetProgress(new FlowProgress("end", parts.Count, 4, 0, ""));
        return string.Join(' ', [id.ToString(), first, .. parts.Select(p => p.Value), shaky, child, none.Received.ToString(), c.NewId().ToString()]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_crash_at_any_write_loses_nothing_and_does_nothing_twice(bool kept)
    {
        string? expected = null;
        for (var write = 1; ; write++)
        {
            var run = $"run-{write}";
            var (epoch, crashed) = (0, false);
            var ends = new ConcurrentDictionary<string, int>();
            var wrong = new ConcurrentQueue<string>();
            var shaky = 0;
            string Work(string x)
            {
                if (ends.TryGetValue(x, out var ended) && ended < epoch) wrong.Enqueue($"{x} ran again after its end was kept");
                return x.ToUpperInvariant();
            }
            FlowRegistry Registry() => new FlowRegistry().AddStep<string, string>("work", (x, _) => Task.FromResult(Work(x)))
                .AddStep<string, string>("shaky", (x, _) => Interlocked.Increment(ref shaky) == 1 ? throw new IOException("once") : Task.FromResult(Work(x)))
                .AddFlow<int, string>("child", 1, (c, _) => c.StepAsync<string, string>("work", "child")).AddFlow<int, string>("flow", 1, Everything);
            void Kept(FlowEvent e)
            {
                if (e.Kind == FlowEventKind.Done && e.Name is "work" or "shaky") ends[FlowJson.Read<string>(e.Payload).ToLowerInvariant()] = epoch;
            }
            await using (var first = await OpenAsync(Registry(), new CrashPlan(write, kept), Kept))
            {
                try
                {
                    await first.Runtime.StartAsync("flow", run, 1, None);
                    await EndOf(first, run);
                }
                catch (Ports.Storage.StoreUnavailableException) { crashed = true; }
            }
            epoch = 1;
            await using var second = await OpenAsync(Registry(), null, Kept);
            // The start itself may be what was lost; whoever asked for it saw that it failed, and asks again.
            await second.Runtime.StartAsync("flow", run, 1, None);
            var output = (await EndOf(second, run)).Result<string>()[36..^36];
            Assert.Equal(expected ??= output, output);
            Assert.Empty(wrong);
            if (!crashed) { Assert.InRange(write, 12, 40); break; }
        }
        Assert.Equal(" FIRST P0 P1 P2 P3 S CHILD False ", expected);
    }
}
