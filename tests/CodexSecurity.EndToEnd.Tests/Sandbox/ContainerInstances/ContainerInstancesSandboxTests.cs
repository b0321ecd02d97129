namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>The contract of every driver, over a fake platform that starts the real runner for each group.</summary>
public sealed class ContainerInstancesSandboxTests(ITestOutputHelper output) : SandboxContract(s_cloud.Sandbox, FakeContainer.Missing ?? "/usr/bin/bwrap", output)
{
    private static readonly Cloud s_cloud = Create();

    // One for all tests of the class; what it holds goes with the process.
    private static Cloud Create()
    {
        var cloud = new Cloud();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cloud.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(20));
        return cloud;
    }

    [Fact(Skip = "a container group takes as long as the platform needs to make it")]
    public override Task Overhead_over_the_bare_process_is_small() => base.Overhead_over_the_bare_process_is_small();
}
