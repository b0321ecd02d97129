using System.Text;
using System.Text.Json.Nodes;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Extensions.Time.Testing;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Sweeper, budget and standby pool.</summary>
public sealed class UpkeepTests
{
    private static readonly SandboxSpec s_hello = new() { Command = ["/bin/echo", "hello"] };
    private static readonly DateTimeOffset s_now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static FakeGroup Group(string name, string? run, DateTimeOffset? expires)
    {
        var tags = new JsonObject();
        if (run is not null) tags["codex-security-run"] = run;
        if (expires is { } at) tags["codex-security-expires"] = at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new FakeGroup { Name = name, Location = "westeurope", Tags = tags, Properties = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "run", ["properties"] = new JsonObject() }) } };
    }

    [Fact]
    public async Task The_sweeper_removes_what_is_ours_and_expired_and_nothing_else()
    {
        await using var cloud = new Cloud(time: new FakeTimeProvider(s_now));
        foreach (var group in new[] { Group("old", "1", s_now.AddMinutes(-1)), Group("young", "2", s_now.AddMinutes(1)), Group("strange", "3", null), Group("foreign", null, s_now.AddYears(-1)), Group("half", "4", s_now.AddHours(-1)) })
        {
            cloud.Manager.Add(group);
        }

        var result = await cloud.Sandbox.SweepAsync(Ct);
        Assert.Equal(new SweepResult(3, 1, 0), result);
        Assert.Equal(["foreign", "young"], cloud.Manager.Left.Order());
        Assert.Equal(new SweepResult(0, 1, 0), await cloud.Sandbox.SweepAsync(Ct));
    }

    [Fact]
    public async Task A_sweep_goes_on_after_a_group_that_cannot_be_removed_now()
    {
        var time = new FakeTimeProvider(s_now);
        await using var cloud = new Cloud(time: time);
        cloud.Manager.Add(Group("a", "1", s_now.AddMinutes(-1)));
        cloud.Manager.Add(Group("b", "2", s_now.AddMinutes(-1)));
        cloud.Manager.Faults.Enqueue(new Fault("DELETE group", 1, 403, "ScopeLocked"));
        cloud.Manager.Faults.Enqueue(new Fault("GET list", 1, 429, "TooManyRequests", "5"));
        var result = await Cloud.HurryAsync(time, cloud.Sandbox.SweepAsync(Ct), TimeSpan.FromSeconds(1));
        Assert.Equal(new SweepResult(1, 0, 1), result);
        Assert.Single(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_group_lives_no_longer_than_its_tag_says_it_may()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        var before = DateTimeOffset.UtcNow;
        await cloud.Sandbox.RunAsync(s_hello, Ct);
        foreach (var group in cloud.Manager.Made)
        {
            var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse((string)group.Tags["codex-security-expires"]!, System.Globalization.CultureInfo.InvariantCulture));
            Assert.InRange(expires - before, Cloud.Settings.MostStart + SandboxLimits.Default.Wall + Cloud.Settings.MostReading, TimeSpan.FromMinutes(30));
        }
    }

    [Fact]
    public async Task The_budget_lets_so_many_in_at_a_time_and_the_next_when_one_leaves()
    {
        var time = new FakeTimeProvider(s_now);
        using var budget = new QuotaBudget(2, 1000, time);
        var first = await budget.EnterAsync(TimeSpan.FromMinutes(1), Ct);
        using var second = await budget.EnterAsync(TimeSpan.FromMinutes(1), Ct);
        var third = budget.EnterAsync(TimeSpan.FromMinutes(1), Ct);
        Assert.False(third.IsCompleted);
        first!.Dispose();
        first.Dispose(); // once more gives nothing more back
        using var entered = await third;
        Assert.NotNull(entered);
        var fourth = budget.EnterAsync(TimeSpan.FromMinutes(1), Ct);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(fourth.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await fourth);
        using var cancel = new CancellationTokenSource();
        var fifth = budget.EnterAsync(TimeSpan.FromMinutes(1), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fifth);
    }

    [Fact]
    public async Task The_budget_counts_creations_by_the_hour()
    {
        var time = new FakeTimeProvider(s_now);
        using var budget = new QuotaBudget(100, 3, time);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await budget.CreateAsync(TimeSpan.FromSeconds(1), Ct));
            time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.False(await budget.CreateAsync(TimeSpan.FromMinutes(29), Ct));
        var waiting = budget.CreateAsync(TimeSpan.FromMinutes(31), Ct);
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.True(await waiting);
        Assert.False(await budget.CreateAsync(TimeSpan.FromMinutes(9), Ct));
    }

    [Fact]
    public async Task Many_runs_at_once_keep_to_the_budget_and_all_end()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Cloud.Settings with { MostGroups = 2 });
        int most = 0;
        Assert.True((await cloud.Sandbox.ProbeAsync(Ct)).Available);
        cloud.Manager.OnMade = _ => { most = Math.Max(most, cloud.Manager.Left.Count()); return true; };
        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/echo", $"{i}"] }, Ct)));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"{i}\n"), runs.Select(run => Encoding.ASCII.GetString(run.Stdout.Span)));
        Assert.Equal(2, most);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task Where_the_budget_is_used_up_nothing_ran_and_nothing_was_asked_for()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Cloud.Settings with { MostCreationsAnHour = 1, MostQueue = TimeSpan.FromMinutes(1) });
        Assert.True((await cloud.Sandbox.ProbeAsync(Ct)).Available);
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.Unavailable, run.Outcome);
        Assert.Contains("within the hour", run.Reason, StringComparison.Ordinal);
        Assert.Single(cloud.Manager.Made);
    }

    private static ContainerInstancesSettings Pooled => Cloud.Settings with { StandbyPool = "/pool", StandbyProfile = "/profile", Places = [Cloud.Settings.Places[0]] };

    private static JsonObject Profile(string subnet) => new()
    {
        ["restartPolicy"] = "Never", ["subnetIds"] = new JsonArray(new JsonObject { ["id"] = subnet }),
        ["containers"] = new JsonArray(new JsonObject
        {
            ["name"] = "run",
            ["properties"] = new JsonObject
            {
                ["image"] = Cloud.Image, ["command"] = new JsonArray(PlanTranslator.Program, "sandbox-runner"),
                ["environmentVariables"] = new JsonArray(new JsonObject { ["name"] = "CODEX_SECURITY_RUNNER", ["value"] = "container" }),
            },
        }),
    };

    private static async Task AssertHelloAsync(Cloud cloud)
    {
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal((SandboxOutcome.Exited, "hello\n", ""), (run.Outcome, Encoding.ASCII.GetString(run.Stdout.Span), run.Reason));
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_group_that_stands_ready_takes_the_job_and_is_used_once()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Pooled);
        cloud.Manager.PoolProfile = Profile(Cloud.Subnet("run"));
        await AssertHelloAsync(cloud);
        Assert.Equal(2, cloud.Manager.Made.Count);
        Assert.All(cloud.Manager.Made, group => Assert.NotNull(group.Properties["containers"]![0]!["properties"]!["configMap"]));
    }

    [Fact]
    public async Task Where_the_pool_has_none_the_run_starts_cold()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Pooled);
        cloud.Manager.PoolProfile = Profile(Cloud.Subnet("run"));
        Assert.True((await cloud.Sandbox.ProbeAsync(Ct)).Available);
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1, 400, "StandbyPoolReuseFailed"));
        await AssertHelloAsync(cloud);
        Assert.NotNull(cloud.Manager.Made.Last().Properties["volumes"]);
    }

    [Fact]
    public async Task A_pool_in_another_subnet_gives_no_evidence()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Pooled);
        cloud.Manager.PoolProfile = Profile(Cloud.Subnet("open"));
        var status = await cloud.Sandbox.ProbeAsync(Ct);
        Assert.False(status.Available);
        Assert.Contains("does not lie in its subnet", status.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
    }
}
