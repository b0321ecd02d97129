using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>What is found in one commit, without validation: for attribution.</summary>
internal sealed class FingerprintStep(IngestStage ingest, DetectStep detect, IArtifactStore artifacts) : IFlowStep<FingerprintInput, FingerprintOutput>
{
    public async Task<FingerprintOutput> RunAsync(FingerprintInput input, CancellationToken ct)
    {
        var state = await ingest.RunAsync(new IngestInput(input.Location, input.Revision, ""), ct).ConfigureAwait(false);
        var output = await detect.RunAsync(new DetectInput(state.Snapshot, state.Selection, input.ThreatModel, 1), ct).ConfigureAwait(false);
        var detected = await artifacts.GetJsonAsync<DetectedProgram>(output.Detected, ct).ConfigureAwait(false);
        var fingerprints = detected.Findings.Select(f => f.Fingerprint).Order(StringComparer.Ordinal).ToList();
        return new FingerprintOutput(
            await artifacts.PutJsonAsync(fingerprints, ct).ConfigureAwait(false), detected.Coverage.Complete, new StoredByScan([state.Snapshot], [state.Selection, output.Detected]));
    }
}
