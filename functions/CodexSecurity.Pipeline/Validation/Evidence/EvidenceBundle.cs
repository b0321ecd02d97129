using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Evidence;

/// <summary>Everything that backs a verdict (contracts, section 5).</summary>
/// <param name="Context">What was scanned, with what.</param>
/// <param name="Driver">Name of the sandbox driver.</param>
/// <param name="Finding">The finding as JSON text.</param>
/// <param name="Proof">The proof.</param>
/// <param name="Runs">Runs in order.</param>
/// <param name="Verification">Verdict and the judge's reasons as JSON text.</param>
/// <param name="Patch">Unified diff or null.</param>
public sealed record EvidenceBundle(
    EvidenceContext Context, string Driver, string Finding, Proof Proof, IReadOnlyList<EvidenceRun> Runs, string Verification, string? Patch);

/// <summary>A run in the evidence.</summary>
/// <param name="Role">"attack", "repeat" or "control".</param>
/// <param name="Run">The run.</param>
/// <param name="Effect">Whether the oracle saw the effect in its round.</param>
/// <param name="Detail">What the oracle says.</param>
public sealed record EvidenceRun(string Role, ProofRun Run, bool Effect, string Detail);

/// <summary>manifest.json: every other file with its SHA-256 and size.</summary>
/// <param name="Format">1.</param>
/// <param name="Context">What was scanned, with what.</param>
/// <param name="Driver">Name of the sandbox driver.</param>
/// <param name="Nonces">The nonces of the rounds, in order.</param>
/// <param name="Files">Every other file, by path.</param>
public sealed record EvidenceManifest(int Format, EvidenceContext Context, string Driver, IReadOnlyList<Nonces> Nonces, IReadOnlyList<EvidenceFile> Files);

/// <summary>A file of the bundle.</summary>
public sealed record EvidenceFile(string Path, string Sha256, long Size);
