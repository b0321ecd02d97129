using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>The gates of a patch, run once where findings of one cause have the same proof and are mended by the same edit.</summary>
public sealed class SharedProofs(IProofReplay proofs) : IProofReplay
{
    private readonly SharedRuns<ProofObservation> _observations = new(o => o.Ran);
    private readonly SharedRuns<VariantObservation> _variants = new(v => v.Fired.Length > 0 || v.Ran == v.Planned);

    /// <inheritdoc />
    public Task<ProofBaseline> BaselineAsync(ReadOnlyMemory<byte> evidence, ProofProject project, CancellationToken ct) => proofs.BaselineAsync(evidence, project, ct);

    /// <inheritdoc />
    public Task<ProofObservation> ReplayAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct) =>
        _observations.GetAsync(baseline.Proof, Of(project), () => proofs.ReplayAsync(baseline, project, ct), ct);

    /// <inheritdoc />
    public Task<VariantObservation> VariantsAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct) =>
        _variants.GetAsync(baseline.Proof, Of(project), () => proofs.VariantsAsync(baseline, project, ct), ct);

    /// <inheritdoc />
    public ProofTest? TestFor(ProofBaseline baseline) => proofs.TestFor(baseline);

    /// <inheritdoc />
    public byte[] Attach(ReadOnlyMemory<byte> evidence, string diff, string verification) => proofs.Attach(evidence, diff, verification);

    private static ProjectUnderTest Of(ProofProject project) => new(project.Tree, project.Dependencies);
}
