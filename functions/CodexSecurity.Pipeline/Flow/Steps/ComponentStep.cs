using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Analyses one component of a large program.</summary>
internal sealed class ComponentStep(IArtifactStore artifacts, StepCache cache) : IFlowStep<ComponentInput, ComponentOutput>
{
    public async Task<ComponentOutput> RunAsync(ComponentInput input, CancellationToken ct)
    {
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var selection = await cache.RecordAsync<SourceSelection>(input.Selection, ct).ConfigureAwait(false);
        var components = await cache.GetAsync($"components:{input.Snapshot.Sha256}:{input.Selection.Sha256}", () => Task.FromResult(ProgramComponents.Of(snapshot, selection))).ConfigureAwait(false);
        var written = await WrittenModel.ReadAsync(artifacts, snapshot, input.ThreatModel, [], ct).ConfigureAwait(false);
        var project = ProjectTexts.Of(snapshot, selection, components[input.Index]);
        // The steps of the other components run beside this one.
        var result = DetectionStage.Run(project, written, ThreatModelDraft.DefaultWeights.Keys, 1);
        return new ComponentOutput(await artifacts.PutJsonAsync(result, ct).ConfigureAwait(false));
    }
}
