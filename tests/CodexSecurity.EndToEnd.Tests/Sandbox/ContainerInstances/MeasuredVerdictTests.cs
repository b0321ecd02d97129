using System.Runtime.Versioning;
using CodexSecurity.EndToEnd.Tests.Validation;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>CPU time as the runner measures it: of the payload, its children and its orphans, by the tracer or without it.</summary>
[SupportedOSPlatform("linux")]
[Collection(MeasuredRuns.Name)]
public sealed class MeasuredVerdictTests
{
    private const string Busy = "let u;do{for(let i=0;i<1e6;i++);u=process.cpuUsage()}while(u.user+u.system<500e3)";

    [Theory]
    [InlineData("node -e \"$0\"", SandboxTrace.None)]
    [InlineData("node -e \"$0\"", SandboxTrace.Exec)]
    [InlineData("node -e \"$0\" & wait", SandboxTrace.None)]
    [InlineData("(sh -c 'node -e \"$0\"; touch /tmp/done' \"$0\" &); while [ ! -e /tmp/done ]; do sleep 0.05; done; sleep 0.2", SandboxTrace.None)]
    public async Task All_processes_of_a_run_count(string script, SandboxTrace trace)
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        var run = await cloud.Sandbox.RunAsync(new SandboxSpec { Command = ["/bin/bash", "-c", script, Busy], Trace = trace }, TestContext.Current.CancellationToken);
        Assert.True(run.Outcome == SandboxOutcome.Exited, $"{run.Outcome} {run.Kill} {run.Reason}");
        // What starting the programs costs varies with the machine; the loop is exact, and counted once.
        Assert.InRange(run.CpuTime.TotalMilliseconds, 490, 950);
    }
}
