using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Flow.Steps;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>The flows of a scan and of connected repositories with their steps, for any runtime.</summary>
public static class ScanRegistry
{
    /// <summary>Everything a runtime needs.</summary>
    public static FlowRegistry Create(ScanServices services) => AddRepositories(Scans(services), services);

    /// <summary>Adds the flows of connected repositories; they run <see cref="ScanFlow"/>, which is registered beside them.</summary>
    public static FlowRegistry AddRepositories(FlowRegistry registry, ScanServices services)
    {
        var branches = new BranchSteps(new BranchQueue(services.Artifacts));
        return registry
            .AddStep<BranchJoin, bool>(RepositorySteps.Join, branches.JoinAsync)
            .AddStep<BranchTurn, BranchItem?>(RepositorySteps.Take, branches.TakeAsync)
            .AddStep<BranchPlace, bool>(RepositorySteps.Leave, branches.LeaveAsync)
            .AddStep(RepositorySteps.Plan, new PushPlanStep(services))
            .AddStep(RepositorySteps.Walk, new BackfillWalkStep(services))
            .AddStep(RepositorySteps.Part, new BackfillPartStep(services))
            .AddStep(RepositorySteps.PullRequest, new FixStep(services))
            .AddStep(RepositorySteps.Note, new NoteStep(services))
            .AddFlow(BranchFlow.Name, BranchFlow.Version, new BranchFlow())
            .AddFlow(CommitsFlow.Name, CommitsFlow.Version, new CommitsFlow())
            .AddFlow(BackfillFlow.Name, BackfillFlow.Version, new BackfillFlow())
            .AddFlow(RemediateFlow.Name, RemediateFlow.Version, new RemediateFlow());
    }

    private static FlowRegistry Scans(ScanServices services)
    {
        var cache = new StepCache(services.Artifacts);
        var projects = new ProjectSandboxes(services, cache);
        var ingest = new IngestStage(services.Source, services.Artifacts);
        var detect = new DetectStep(services.Artifacts, cache);
        return new FlowRegistry()
            .AddStep(StepNames.Begin, new BeginStep(services))
            .AddStep(StepNames.Snapshot, ingest)
            .AddStep(StepNames.Detect, detect)
            .AddStep(StepNames.DetectComponent, new ComponentStep(services.Artifacts, cache))
            .AddStep(StepNames.Validate, new ValidateStep(services, cache, projects))
            .AddStep(StepNames.Remediate, new RemediateStep(services, cache, projects))
            .AddStep(StepNames.History, new HistoryStage(services.Source))
            .AddStep(StepNames.Fingerprint, new FingerprintStep(ingest, detect, services.Artifacts))
            .AddStep(StepNames.Conclude, new ConcludeStep(services, cache))
            .AddStep(StepNames.Abandon, new AbandonStep(services))
            .AddFlow(ScanFlow.Name, ScanFlow.Version, new ScanFlow());
    }
}
