using CodexSecurity.Analysis;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ranking;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>From snapshot to findings that wait for validation: threat model, engine, acceptance.</summary>
internal sealed class DetectStep(IArtifactStore artifacts, StepCache cache) : IFlowStep<DetectInput, DetectOutput>
{
    public async Task<DetectOutput> RunAsync(DetectInput input, CancellationToken ct)
    {
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var facts = await artifacts.GetJsonAsync<StoredSnapshot>(input.Snapshot, ct).ConfigureAwait(false);
        var selection = await cache.RecordAsync<SourceSelection>(input.Selection, ct).ConfigureAwait(false);
        var notes = new List<string>(snapshot.Notes);
        var written = await WrittenAsync(input, snapshot, notes, ct).ConfigureAwait(false);
        var project = ProjectTexts.Of(snapshot, selection);
        var result = DetectionStage.Run(project, written, ThreatModelDraft.DefaultWeights.Keys, input.Jobs);
        var draft = ThreatModelDraft.Draft(result, project.Manifests);
        var model = written is null ? draft : ThreatModelFile.Merge(written, draft);
        var coverage = CoverageLedgers.Build(facts, selection, result.Coverage, result.Diagnostics);
        var findings = Ranker.Accept(result.Candidates, RuleFacts.Of, model);
        var detected = new DetectedProgram(findings, model, coverage, result.EntryPoints, RuleFacts.Digest, notes);
        return new DetectOutput(await artifacts.PutJsonAsync(detected, ct).ConfigureAwait(false), [.. findings.Select(f => f.Id)]);
    }

    // A model that somebody gave has to be right; one in the repository is content like any other and must not stop the scan.
    private async Task<ThreatModel?> WrittenAsync(DetectInput input, Snapshot snapshot, List<string> notes, CancellationToken ct)
    {
        if (input.ThreatModel is { } given)
        {
            var bytes = await artifacts.ReadAsync(given.Sha256, ct).ConfigureAwait(false) ?? throw new StoreCorruptException("the threat model is not in the store");
            var (model, errors) = ThreatModelFile.Read("threat model", SourceFile.FromBytes("", bytes).Text);
            return model ?? throw new StepRejectedException("the threat model has mistakes: " + string.Join("; ", errors));
        }
        if (snapshot.Files.FirstOrDefault(f => f.Path == ThreatModelFile.DefaultPath) is not { } file) return null;
        var (own, mistakes) = ThreatModelFile.Read(file.Path, SourceFile.FromBytes(file.Path, file.Content.Span).Text);
        notes.Add(own is null ? $"the repository's threat model was not used, a drafted one was: {string.Join("; ", mistakes.Take(5))}" : $"threat model: {ThreatModelFile.DefaultPath}");
        return own;
    }
}

/// <summary>The texts of a snapshot by role.</summary>
internal static class ProjectTexts
{
    /// <summary>What the engine reads. Tests and examples go in too: they say how the program is put together; nothing is reported in them.</summary>
    public static ProjectInput Of(Snapshot snapshot, SourceSelection selection)
    {
        var roles = selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        return new ProjectInput(Read(snapshot, roles, FileRole.Source, FileRole.Auxiliary), Read(snapshot, roles, FileRole.Manifest), []);
    }

    /// <summary>What shows how the project is called.</summary>
    public static IReadOnlyList<SourceFile> Examples(Snapshot snapshot, SourceSelection selection)
    {
        var roles = selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        return Read(snapshot, roles, FileRole.Source, FileRole.Auxiliary, FileRole.Test, FileRole.Manifest, FileRole.Documentation);
    }

    private static List<SourceFile> Read(Snapshot snapshot, Dictionary<string, FileRole> roles, params FileRole[] wanted) =>
        [.. snapshot.Files.Where(f => roles.TryGetValue(f.Path, out var role) && wanted.Contains(role)).Select(f => SourceFile.FromBytes(f.Path, f.Content.Span))];
}
