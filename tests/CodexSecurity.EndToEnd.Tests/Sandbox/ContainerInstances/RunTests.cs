using System.Text;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Runs through the fake platform: what is asked for, by which way the job goes in, and that nothing is left.</summary>
public sealed class RunTests
{
    private static readonly SandboxSpec s_hello = new() { Command = ["/bin/sh", "-c", "cat f; id -u >/out/u"], Files = [new SandboxFile("f", "hello"u8.ToArray())], Outputs = ["u"] };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    [Fact]
    public async Task A_run_gives_its_evidence_and_its_group_is_deleted()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.True(run.Outcome == SandboxOutcome.Exited, $"{run.Outcome} {run.Reason}\n{string.Join('\n', cloud.Manager.Made.Select(group => group.Log))}");
        Assert.Equal((SandboxOutcome.Exited, 0, "hello"), (run.Outcome, run.ExitCode, Text(run.Stdout)));
        Assert.NotEqual("0\n", Text(Assert.Single(run.Outputs).Content));
        Assert.Empty(cloud.Manager.Left);
        // The canary and the run, each in a group of its own.
        Assert.Equal(2, cloud.Manager.Made.Count);
        Assert.Equal(2, cloud.Manager.Made.Select(group => group.Name).Distinct().Count());
    }

    [Fact]
    public async Task The_job_in_the_volume_is_out_of_the_payloads_reach()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        var run = await cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/sh", "-c", "ls -R /mnt; cat /mnt/job/part-0000; cat /proc/1/environ /proc/[0-9]*/environ | tr '\\0' '\\n' | grep RUNNER; echo x >/proc/1/fd/1; echo end"] }, Ct);
        Assert.Equal("end\n", Text(run.Stdout));
    }

    [Fact]
    public async Task A_large_job_is_fetched_by_an_init_container_and_its_address_is_nowhere_else()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Cloud.Settings with { MostSecretBytes = 2048, InputEndpoint = "127.0.0.1" }, store: true);
        byte[] noise = System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000);
        var run = await cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/sh", "-c", "wc -c <big"], Files = [new SandboxFile("big", noise)] }, Ct);
        Assert.Equal((SandboxOutcome.Exited, "3000000"), (run.Outcome, Text(run.Stdout).Trim()));
        var group = cloud.Manager.Made.Last();
        Assert.Equal(Cloud.Subnet("input"), (string)group.Properties["subnetIds"]![0]!["id"]!);
        Assert.DoesNotContain("sig=", group.Properties["containers"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Jobs);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task Without_a_way_in_a_large_job_does_not_run()
    {
        await using var cloud = new Cloud(Cloud.Settings with { MostSecretBytes = 2048 });
        var run = await cloud.Sandbox.RunAsync(s_hello with { Files = [new SandboxFile("big", System.Security.Cryptography.RandomNumberGenerator.GetBytes(100_000))] }, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("secret volume takes 2 KiB", run.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Made);
        var huge = await cloud.Sandbox.RunAsync(s_hello with { Trees = [new SandboxTree("/not/there", "/work/x")] }, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, huge.Outcome);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_no_group()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        Assert.True((await cloud.Sandbox.ProbeAsync(Ct)).Available);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/sleep", "50"], Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(60) } }, cancel.Token);
        for (int i = 0; i < 2000 && cloud.Manager.Made.Count < 2; i++) await Task.Delay(10, Ct);
        Assert.NotEmpty(cloud.Manager.Left);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task Where_the_canary_reaches_something_nothing_runs()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        // The canary's own listener stands for something outside: it is reached.
        await using var cloud = new Cloud(Cloud.Settings with { Places = [Cloud.Settings.Places[0]] }, targets: ["127.0.0.1:18099"]);
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.Unavailable, run.Outcome);
        Assert.Contains("isolation does not hold", run.Reason, StringComparison.Ordinal);
        Assert.Contains("BAD reached 127.0.0.1:18099", run.Reason, StringComparison.Ordinal);
        Assert.Single(cloud.Manager.Made);
    }

    [Fact]
    public async Task Unusable_settings_run_nothing_and_say_why()
    {
        await using var cloud = new Cloud(Cloud.Settings with { Image = "registry.example/validator:latest" });
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.Unavailable, run.Outcome);
        Assert.Contains("not pinned by its digest", run.Reason, StringComparison.Ordinal);
        Assert.False((await cloud.Sandbox.ProbeAsync(Ct)).Available);
        Assert.Empty(cloud.Manager.Requests);
    }
}
