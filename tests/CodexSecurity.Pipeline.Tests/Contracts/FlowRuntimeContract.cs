using System.Collections.Concurrent;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>A runtime under test; disposing it stops it, and opening it again goes on from what it kept.</summary>
public sealed record RuntimeUnderTest(IFlowRuntime Runtime, Func<ValueTask> StopAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => StopAsync();
}

/// <summary>What every flow runtime keeps to. A test class a runtime; each test has a store of its own, which survives reopening.</summary>
public abstract partial class FlowRuntimeContract
{
    /// <summary>Opens the runtime over this test's store. <paramref name="kept"/> is told each event once it can't be lost.</summary>
    protected abstract Task<RuntimeUnderTest> OpenAsync(FlowRegistry registry, CrashPlan? crash = null, Action<FlowEvent>? kept = null);

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly StepOptions Patient = new(new RetryPolicy(3, TimeSpan.FromMilliseconds(1), 2, TimeSpan.FromMilliseconds(10)));

    private static async Task<FlowStatus> EndOf(RuntimeUnderTest host, string id) => await host.Runtime.WaitAsync(id, None).WaitAsync(TimeSpan.FromSeconds(30));

    private static FlowRegistry Numbers() => new FlowRegistry().AddStep<int, int>("double", (x, _) => Task.FromResult(2 * x));

    private async Task<FlowStatus> RunAsync<TOut>(FlowRegistry registry, Func<IFlowContext, int, Task<TOut>> flow, int input = 1)
    {
        registry.AddFlow("flow", 1, flow);
        await using var host = await OpenAsync(registry);
        Assert.True(await host.Runtime.StartAsync("flow", "run", input, None));
        return await EndOf(host, "run");
    }

    [Fact]
    public async Task Steps_get_their_input_and_give_their_output()
    {
        var end = await RunAsync(Numbers(), async (c, x) => await c.StepAsync<int, int>("double", await c.StepAsync<int, int>("double", x)), 21);
        Assert.Equal(84, end.Result<int>());
    }

    [Fact]
    public async Task A_run_is_started_once()
    {
        await using var host = await OpenAsync(Numbers().AddFlow<int, int>("flow", 1, (c, x) => c.StepAsync<int, int>("double", x)));
        Assert.True(await host.Runtime.StartAsync("flow", "run", 1, None));
        Assert.False(await host.Runtime.StartAsync("flow", "run", 2, None));
        Assert.Equal(2, (await EndOf(host, "run")).Result<int>());
        Assert.False(await host.Runtime.StartAsync("flow", "run", 3, None));
    }

    [Fact]
    public async Task A_failed_step_is_tried_again_as_often_as_its_policy_says()
    {
        var (runs, hopeless) = (0, 0);
        var registry = new FlowRegistry().AddStep<int, int>("shaky", (x, _) => ++runs < 3 ? throw new IOException("not yet") : Task.FromResult(x))
            .AddStep<int, int>("hopeless", (_, _) => { hopeless++; throw new IOException("never"); });
        var end = await RunAsync(registry, async (c, x) =>
        {
            var value = await c.StepAsync<int, int>("shaky", x, Patient);
            try { return value + await c.StepAsync<int, int>("hopeless", x, Patient); }
            catch (StepFailedException e) { return e.Failure.Type == nameof(IOException) ? 100 + value : -1; }
        });
        Assert.Equal((101, 3, 3), (end.Result<int>(), runs, hopeless));
    }

    [Fact]
    public async Task A_rejected_input_is_not_tried_again()
    {
        var runs = 0;
        var end = await RunAsync(new FlowRegistry().AddStep<int, int>("reject", (_, _) => { runs++; throw new StepRejectedException("no"); }), (c, x) => c.StepAsync<int, int>("reject", x, Patient));
        Assert.Equal((FlowState.Failed, 1), (end.State, runs));
        Assert.Contains("no", end.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fan_out_keeps_its_bound_and_the_order_of_its_inputs_and_one_part_fails_alone()
    {
        var (now, most) = (0, 0);
        var gate = new Lock();
        var registry = new FlowRegistry().AddStep<int, int>("part", async (x, ct) =>
        {
            lock (gate) most = Math.Max(most, ++now);
            await Task.Delay(x % 3 * 10, ct);
            lock (gate) now--;
            return x == 5 ? throw new IOException("five") : x * x;
        });
        var ended = 0;
        var end = await RunAsync(registry, async (c, _) =>
        {
            var parts = await c.FanOutAsync<int, int>("part", Enumerable.Range(0, 12).ToList(), 3, null, n => ended = n);
            return parts.Select(p => p.Succeeded ? p.Value : -1).ToArray();
        });
        Assert.Equal([0, 1, 4, 9, 16, -1, 36, 49, 64, 81, 100, 121], end.Result<int[]>());
        Assert.Equal(12, ended);
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task A_sub_flow_gives_its_output_fails_alone_and_is_joined_by_its_id()
    {
        var runs = 0;
        var registry = new FlowRegistry().AddStep<int, int>("count", (x, _) => Task.FromResult(Interlocked.Increment(ref runs) + x))
            .AddFlow<int, int>("child", 1, (c, x) => c.StepAsync<int, int>("count", x)).AddFlow<int, int>("bad", 1, (_, _) => throw new IOException("bad child"));
        var end = await RunAsync(registry, async (c, x) =>
        {
            var both = await Task.WhenAll(c.SubFlowAsync<int, int>("child", "run-child", 10), c.SubFlowAsync<int, int>("child", "run-child", 10));
            try { await c.SubFlowAsync<int, int>("bad", "run-bad", x); return 0; }
            catch (StepFailedException e) when (e.Failure.Message.Contains("bad child", StringComparison.Ordinal)) { return both[0] * 100 + both[1]; }
        });
        Assert.Equal((1111, 1), (end.Result<int>(), runs));
    }

    [Fact]
    public async Task A_delay_lasts_and_moves_the_time()
    {
        var end = await RunAsync(Numbers(), async (c, _) =>
        {
            var before = c.Now;
            await c.DelayAsync(TimeSpan.FromMilliseconds(120));
            return (c.Now - before).TotalMilliseconds;
        });
        Assert.InRange(end.Result<double>(), 119, 20_000);
    }

    [Fact]
    public async Task Events_are_kept_in_order_and_a_wait_for_one_has_a_limit()
    {
        await using var host = await OpenAsync(Numbers().AddFlow<int, string>("flow", 1, async (c, _) =>
        {
            var first = await c.WaitForEventAsync<string>("go", Long);
            await c.DelayAsync(Soon);
            var second = await c.WaitForEventAsync<string>("go", Long);
            var none = await c.WaitForEventAsync<string>("other", Soon);
            return $"{first.Value} {second.Value} {none.Received}";
        }));
        await host.Runtime.StartAsync("flow", "run", 1, None);
        Assert.True(await host.Runtime.RaiseEventAsync("run", "go", "one", None));
        Assert.True(await host.Runtime.RaiseEventAsync("run", "go", "two", None));
        Assert.Equal("one two False", (await EndOf(host, "run")).Result<string>());
        Assert.False(await host.Runtime.RaiseEventAsync("run", "go", "late", None));
        Assert.False(await host.Runtime.RaiseEventAsync("unknown", "go", "x", None));
    }

    [Fact]
    public async Task Ids_and_progress_are_the_flows_own()
    {
        var end = await RunAsync(Numbers(), (c, _) =>
        {
            c.SetProgress(new FlowProgress("phase", 1, 2, 3, "message"));
            return Task.FromResult(new[] { c.NewId(), c.NewId() });
        });
        Assert.Equal(2, end.Result<Guid[]>().Distinct().Count());
        Assert.Equal(new FlowProgress("phase", 1, 2, 3, "message"), end.Progress);
    }

    [Fact]
    public async Task A_flow_that_awaits_something_else_fails_instead_of_hanging()
    {
        // Not a short delay: one that is over before it is awaited is no wait, and a busy machine makes that happen.
        var never = new TaskCompletionSource();
        var end = await RunAsync(Numbers(), async (c, x) => { await never.Task; return await c.StepAsync<int, int>("double", x); });
        Assert.Equal((FlowState.Failed, nameof(FlowNotDeterministicException)), (end.State, end.Failure!.Type));
        never.SetResult();
    }

    [Fact]
    public virtual async Task A_flow_that_is_continued_from_outside_fails()
    {
        // Set by the step, so only after the flow has come to wait for it.
        var outside = new TaskCompletionSource();
        var registry = new FlowRegistry().AddStep<int, int>("open", (x, _) => { outside.SetResult(); return Task.FromResult(x); });
        var end = await RunAsync(registry, async (c, x) => { var step = c.StepAsync<int, int>("open", x); await outside.Task; return await step; });
        Assert.Equal((FlowState.Failed, nameof(FlowNotDeterministicException)), (end.State, end.Failure!.Type));
    }

    [Fact]
    public async Task Bulk_in_a_history_is_refused()
    {
        var end = await RunAsync(new FlowRegistry().AddStep<string, int>("length", (x, _) => Task.FromResult(x.Length)), (c, _) => c.StepAsync<string, int>("length", new string('x', FlowJson.MaxPayload + 1)));
        Assert.Equal(FlowState.Failed, end.State);
    }

    [Fact]
    public async Task Runs_are_listed_by_page_and_only_ended_ones_are_purged()
    {
        await using var host = await OpenAsync(Numbers().AddFlow<int, int>("flow", 1, (c, x) => c.StepAsync<int, int>("double", x)).AddFlow<int, bool>("wait", 1, async (c, _) => (await c.WaitForEventAsync<int>("go", Long)).Received));
        foreach (var id in new[] { "a:1", "a:2", "a:3", "b:1" }) { await host.Runtime.StartAsync("flow", id, 1, None); await EndOf(host, id); }
        await host.Runtime.StartAsync("wait", "a:0", 1, None);
        var first = await host.Runtime.ListAsync("a:", null, 3, null, None);
        var second = await host.Runtime.ListAsync("a:", null, 3, first.Cursor, None);
        Assert.Equal(["a:0", "a:1", "a:2", "a:3"], first.Items.Concat(second.Items).Select(s => s.InstanceId));
        Assert.Null(second.Cursor);
        Assert.Equal(["a:0"], (await host.Runtime.ListAsync("", FlowState.Running, 10, null, None)).Items.Select(s => s.InstanceId));
        Assert.False(await host.Runtime.PurgeAsync("a:0", None));
        Assert.True(await host.Runtime.PurgeAsync("a:1", None));
        Assert.Null(await host.Runtime.GetAsync("a:1", None));
    }
}
