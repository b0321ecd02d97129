using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Picks the first driver whose probe holds; otherwise one that runs nothing.</summary>
public static class SandboxFactory
{
    public static async Task<ISandbox> CreateAsync(CancellationToken ct)
    {
        var bubblewrap = new BubblewrapSandbox();
        var status = await bubblewrap.ProbeAsync(ct).ConfigureAwait(false);
        return status.Available ? bubblewrap : new UnavailableSandbox(status.Reason);
    }
}

/// <summary>Fail-closed: every run is <see cref="SandboxOutcome.Unavailable"/> with the reason.</summary>
public sealed class UnavailableSandbox(string reason) : ISandbox
{
    public string Name => "unavailable";

    public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new SandboxStatus(false, reason));

    public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct) =>
        Task.FromResult(new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = reason });
}
