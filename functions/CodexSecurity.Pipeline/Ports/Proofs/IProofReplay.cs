using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Ports.Proofs;

/// <summary>
/// Runs the proof of a stored evidence bundle on another state of the project, for the gates of a patch. What it gives are observations; whoever
/// asks draws the conclusion. Throws only when cancelled.
/// </summary>
public interface IProofReplay
{
    /// <summary>Runs the control on the unpatched state, twice, so that what it shows by chance is known.</summary>
    /// <param name="evidence">The bundle; one that was tampered with is refused: nothing runs.</param>
    /// <param name="project">The unpatched state.</param>
    /// <param name="ct">Cancels.</param>
    Task<ProofBaseline> BaselineAsync(ReadOnlyMemory<byte> evidence, ProofProject project, CancellationToken ct);

    /// <summary>Runs attack and control on a patched state.</summary>
    Task<ProofObservation> ReplayAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct);

    /// <summary>Runs the mutated attacks on a patched state until one fires.</summary>
    Task<VariantObservation> VariantsAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct);

    /// <summary>The attack as a test of the project, for a person to keep; null where it can't be said in a few lines.</summary>
    ProofTest? TestFor(ProofBaseline baseline);

    /// <summary>The bundle with a patch and the outcome of its gates added; everything else stays as it is.</summary>
    /// <param name="evidence">The bundle.</param>
    /// <param name="diff">Unified diff.</param>
    /// <param name="verification">Outcome of the gates as JSON text.</param>
    byte[] Attach(ReadOnlyMemory<byte> evidence, string diff, string verification);
}

/// <summary>A state of a project as the sandbox shows it.</summary>
public sealed record ProofProject(SandboxTree Tree, DependencySet Dependencies);

/// <summary>What the control shows on the unpatched state.</summary>
/// <param name="Ran">Whether it could be run to its end.</param>
/// <param name="Reason">Why not; "" otherwise.</param>
/// <param name="Observables">What each round showed to its caller, markers erased.</param>
/// <param name="Proof">The proof as it will be run, serialised: opaque to all but the port.</param>
/// <param name="Runs">Sandbox runs spent.</param>
/// <param name="CallMs">Milliseconds that one call took at the most, its process's start included; it only says how many are made at once.</param>
/// <param name="Measured">Whether the proof measures, so that nothing may run beside it.</param>
public sealed record ProofBaseline(bool Ran, string Reason, IReadOnlyList<string> Observables, string Proof, int Runs, int CallMs = 0, bool Measured = false);

/// <summary>What attack and control show on a patched state.</summary>
/// <param name="Ran">Whether every run was carried out by the sandbox; where not, silence says nothing.</param>
/// <param name="Reason">Why not; "" otherwise.</param>
/// <param name="Ended">Whether attack and control ended by themselves, within their limits.</param>
/// <param name="AttackFired">Whether the oracle saw the effect of the attack.</param>
/// <param name="AttackDetail">What it saw.</param>
/// <param name="ControlFired">Whether it saw the effect in the control.</param>
/// <param name="ControlObservable">What the control showed to its caller, markers erased.</param>
/// <param name="Runs">Sandbox runs spent.</param>
public sealed record ProofObservation(
    bool Ran, string Reason, bool Ended, bool AttackFired, string AttackDetail, bool ControlFired, string ControlObservable, int Runs);

/// <summary>What the mutated attacks show.</summary>
/// <param name="Planned">Mutated inputs in the proof; 0 where it has none.</param>
/// <param name="Ran">Of these, how many were run to their end.</param>
/// <param name="Fired">Name of the first that fired; "" for none.</param>
/// <param name="Reason">Why not all ran; "" otherwise.</param>
/// <param name="Runs">Sandbox runs spent.</param>
public sealed record VariantObservation(int Planned, int Ran, string Fired, string Reason, int Runs);

/// <summary>A test made of an attack.</summary>
/// <param name="Title">What it checks, as a test's title.</param>
/// <param name="Body">Statements of an async function in JavaScript: they use <c>assert</c> and throw where the attack works.</param>
/// <param name="Module">Path of the module below the project's folder, which the body has loaded as <c>target</c>; "" for its main module.</param>
public sealed record ProofTest(string Title, IReadOnlyList<string> Body, string Module);
