using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Steps;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>The flow of a scan and its steps, for any runtime.</summary>
public static class ScanRegistry
{
    /// <summary>Everything a runtime needs to run scans.</summary>
    public static FlowRegistry Create(ScanServices services)
    {
        var cache = new StepCache(services.Artifacts);
        var projects = new ProjectSandboxes(services, cache);
        var ingest = new IngestStage(services.Source, services.Artifacts);
        var detect = new DetectStep(services.Artifacts, cache);
        return new FlowRegistry()
            .AddStep(StepNames.Begin, new BeginStep(services))
            .AddStep(StepNames.Snapshot, ingest)
            .AddStep(StepNames.Detect, detect)
            .AddStep(StepNames.Validate, new ValidateStep(services, cache, projects))
            .AddStep(StepNames.Remediate, new RemediateStep(services, cache, projects))
            .AddStep(StepNames.History, new HistoryStage(services.Source))
            .AddStep(StepNames.Fingerprint, new FingerprintStep(ingest, detect, services.Artifacts))
            .AddStep(StepNames.Conclude, new ConcludeStep(services, cache))
            .AddStep(StepNames.Abandon, new AbandonStep(services))
            .AddFlow(ScanFlow.Name, ScanFlow.Version, new ScanFlow());
    }
}
