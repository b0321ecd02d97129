using CodexSecurity.Pipeline.Domain;
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
        return await services.PullRequests.OpenAsync(repository.Value, finding.Value, ct).ConfigureAwait(false);
    }
}
