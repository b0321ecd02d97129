using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Lists the commits of a walk through the history.</summary>
internal sealed class BackfillWalkStep(ScanServices services) : IFlowStep<BackfillInput, BackfillWalk>
{
    public async Task<BackfillWalk> RunAsync(BackfillInput input, CancellationToken ct)
    {
        var repository = await services.Scans.GetRepositoryAsync(input.RepositoryId, ct).ConfigureAwait(false) is { } stored ? stored.Value : throw new StepRejectedException("the repository is no longer connected");
        var history = await services.Source.HistoryAsync(repository.Location, repository.Branch, Math.Max(1, repository.HistoryWindow), ct).ConfigureAwait(false);
        if (history.Transient) throw new Ingest.SourceUnavailableException(history.Problem);
        var commits = history.Value ?? throw new StepRejectedException(history.Problem);
        return new BackfillWalk(commits.Count, await services.Artifacts.PutJsonAsync(commits, ct).ConfigureAwait(false));
    }
}

/// <summary>The next commits of a walk: looked at without validation, as what counts is when a finding first appeared.</summary>
internal sealed class BackfillPartStep(ScanServices services) : IFlowStep<BackfillPart, CommitsInput?>
{
    public async Task<CommitsInput?> RunAsync(BackfillPart input, CancellationToken ct)
    {
        if (await services.Scans.GetRepositoryAsync(input.RepositoryId, ct).ConfigureAwait(false) is not { Value: var repository }) return null;
        var commits = await services.Artifacts.GetJsonAsync<List<CommitInfo>>(input.List, ct).ConfigureAwait(false);
        var template = await PushPlanStep.TemplateAsync(services, repository, repository.Branch, ct).ConfigureAwait(false);
        template = template with { Kind = ScanKind.History, Options = template.Options with { Validate = false, Patch = false } };
        return new CommitsInput(template, [.. commits.Skip(input.From).Take(BackfillFlow.PartLength).Select(c => new CommitWork(FlowIds.HistoryScan(repository.Id, repository.Branch, c.Sha), c.Sha, c.Date))]);
    }
}
