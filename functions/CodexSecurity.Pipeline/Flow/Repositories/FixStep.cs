using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.GitHub;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Opens the pull request of a finding whose patch is verified.</summary>
internal sealed class FixStep(ScanServices services) : IFlowStep<RemediateAsk, FixPullRequest>
{
    public async Task<FixPullRequest> RunAsync(RemediateAsk input, CancellationToken ct)
    {
        var repository = await services.Scans.GetRepositoryAsync(input.RepositoryId, ct).ConfigureAwait(false) ?? throw new StepRejectedException("the repository is no longer connected");
        var finding = await services.Scans.GetFindingAsync(input.RepositoryId, input.Branch, input.FindingId, ct).ConfigureAwait(false) ?? throw new StepRejectedException("the finding is gone");
        if (finding.Value.Finding.Patch.Verdict != PatchVerdict.Verified) throw new StepRejectedException("the finding has no verified patch");
        if (await services.Scans.GetScanAsync(finding.Value.LastScanId, ct).ConfigureAwait(false) is not { Value.Snapshot: { } stored }) throw new StepRejectedException("the state that the patch was verified on is no longer stored");
        var snapshot = await SnapshotArchive.LoadAsync(services.Artifacts, stored, ct).ConfigureAwait(false);
        return await services.PullRequests.OpenAsync(FixProposals.Of(repository.Value, finding.Value, snapshot.Files), ct).ConfigureAwait(false);
    }
}
