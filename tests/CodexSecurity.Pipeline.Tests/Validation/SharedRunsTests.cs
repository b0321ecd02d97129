using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What is run once for several findings, and what is not.</summary>
public sealed class SharedRunsTests
{
    private static readonly ProjectUnderTest Project = At("/state/one");
    private readonly SharedRuns<string> _shared = new(outcome => outcome != "lost");
    private int _runs;

    private static ProjectUnderTest At(string folder) => ProjectUnderTest.At(folder, new DependencySet.NotNeeded());

    private Task<string> Ask(object plan, ProjectUnderTest? project = null, Func<Task<string>>? run = null, CancellationToken? ct = null) => _shared.GetAsync(plan, project ?? Project, async () =>
    {
        Interlocked.Increment(ref _runs);
        return run is null ? "whole" : await run();
    }, ct ?? TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_same_plan_on_the_same_state_runs_once()
    {
        Assert.Equal(["whole", "whole"], await Task.WhenAll(Ask(new { Call = "a" }), Ask(new { Call = "a" })));
        Assert.Equal("whole", await Ask(new { Call = "a" }));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Another_plan_another_state_and_other_dependencies_run_by_themselves()
    {
        await Ask(new { Call = "a" });
        await Ask(new { Call = "b" });
        await Ask(new { Call = "a" }, At("/state/two"));
        await Ask(new { Call = "a" }, ProjectUnderTest.At("/state/one", new DependencySet.Ready(new SandboxTree("/modules", "/work/node_modules"))));
        Assert.Equal(4, _runs);
    }

    [Fact]
    public async Task What_was_not_carried_out_is_run_again()
    {
        Assert.Equal("lost", await Ask("plan", run: () => Task.FromResult("lost")));
        await Assert.ThrowsAsync<IOException>(() => Ask("plan", run: () => throw new IOException()));
        Assert.Equal("whole", await Ask("plan"));
        Assert.Equal(3, _runs);
    }

    [Fact]
    public async Task A_scan_that_is_cancelled_takes_no_other_with_it()
    {
        var begun = new TaskCompletionSource();
        using var cancelled = new CancellationTokenSource();
        var first = Ask("plan", run: async () =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancelled.Token);
            return "never";
        }, ct: cancelled.Token);
        await begun.Task;
        var second = Ask("plan");
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("whole", await second);
        Assert.Equal("whole", await Ask("plan"));
    }

    [Fact]
    public async Task Only_the_latest_are_kept()
    {
        for (var i = 0; i < 200; i++) await Ask(new { Call = i });
        await Ask(new { Call = 199 });
        Assert.Equal(200, _runs);
        await Ask(new { Call = 0 });
        Assert.Equal(201, _runs);
    }
}
