using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>The sandbox that is still being picked: whoever needs it waits, and what needs none goes on beside the probe.</summary>
internal sealed class DeferredSandbox(Task<SandboxSet> picked) : ISandbox
{
    /// <summary>Name of the driver that was picked; waits for it.</summary>
    public string Name => picked.GetAwaiter().GetResult().Sandbox.Name;

    /// <inheritdoc />
    public async Task<SandboxStatus> ProbeAsync(CancellationToken ct) => await (await picked.WaitAsync(ct).ConfigureAwait(false)).Sandbox.ProbeAsync(ct).ConfigureAwait(false);

    /// <inheritdoc />
    public async Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct) => await (await picked.WaitAsync(ct).ConfigureAwait(false)).Sandbox.RunAsync(spec, ct).ConfigureAwait(false);
}

/// <summary>The set-up in it.</summary>
internal sealed class DeferredSetup(Task<SandboxSet> picked) : IDependencySetup
{
    /// <inheritdoc />
    public Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct) => PrepareAsync(project, "", ct);

    /// <inheritdoc />
    public async Task<DependencySet> PrepareAsync(SandboxTree project, string module, CancellationToken ct) =>
        await (await picked.WaitAsync(ct).ConfigureAwait(false)).Dependencies.PrepareAsync(project, module, ct).ConfigureAwait(false);
}
