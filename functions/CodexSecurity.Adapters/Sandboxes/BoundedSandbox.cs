using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Lets at most so many runs of a driver be under way; the others wait their turn.</summary>
public sealed class BoundedSandbox(ISandbox inner, int atMost) : ISandbox, IDisposable
{
    private readonly SemaphoreSlim _turns = new(atMost, atMost);

    /// <inheritdoc />
    public string Name => inner.Name;

    /// <inheritdoc />
    public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => inner.ProbeAsync(ct);

    /// <inheritdoc />
    public async Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
    {
        await _turns.WaitAsync(ct).ConfigureAwait(false);
        try { return await inner.RunAsync(spec, ct).ConfigureAwait(false); }
        finally { _turns.Release(); }
    }

    /// <inheritdoc />
    public void Dispose() => _turns.Dispose();
}
