namespace CodexSecurity.Pipeline.Ports.Sandbox;

/// <summary>
/// Runs untrusted programs (contracts.md, section 7). Every driver is fail-closed: where isolation can't be had,
/// nothing runs and the outcome is <see cref="SandboxOutcome.Unavailable"/>. After a run nothing is left.
/// </summary>
public interface ISandbox
{
    /// <summary>The driver's name as stored in evidence, for example <c>bubblewrap</c>.</summary>
    string Name { get; }

    /// <summary>Proves the isolation by a set of attacks, once; the answer is kept for the life of the process.</summary>
    Task<SandboxStatus> ProbeAsync(CancellationToken ct);

    /// <summary>Runs one sealed job. Throws only for a malformed spec or cancellation; all else is in the result.</summary>
    Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct);
}

/// <summary>Whether isolation holds on this machine; where not, <paramref name="Reason"/> says why.</summary>
public sealed record SandboxStatus(bool Available, string Reason);
