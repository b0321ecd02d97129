using CodexSecurity.Analysis;
using CodexSecurity.Analysis.Results;
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
    /// <summary>Findings that a scan keeps, by rank. Whoever writes a program must not be able to end its scan by giving it too many, and nobody reads more (GitHub's code scanning shows 5,000).</summary>
    public const int MostFindings = 5_000;

    private static readonly AnalysisDiagnostic TooMany = new("budget-findings", $"more than {MostFindings} findings: those of the lowest ranks are left out", null);

    public async Task<DetectOutput> RunAsync(DetectInput input, CancellationToken ct)
    {
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var facts = await artifacts.GetJsonAsync<StoredSnapshot>(input.Snapshot, ct).ConfigureAwait(false);
        var selection = await cache.RecordAsync<SourceSelection>(input.Selection, ct).ConfigureAwait(false);
        var notes = new List<string>(snapshot.Notes);
        var written = await WrittenModel.ReadAsync(artifacts, snapshot, input.ThreatModel, notes, ct).ConfigureAwait(false);
        var result = input.Parts is { } parts
            ? await MergedAsync(parts, notes, ct).ConfigureAwait(false)
            : DetectionStage.Run(ProjectTexts.Of(snapshot, selection), written, ThreatModelDraft.DefaultWeights.Keys, input.Jobs);
        var draft = ThreatModelDraft.Draft(result, ProjectTexts.Manifests(snapshot, selection));
        var model = written is null ? draft : ThreatModelFile.Merge(written, draft);
        var accepted = Ranker.Accept([.. result.Candidates.Select(new WrittenPlaces(snapshot).With)], RuleFacts.Of, model);
        IReadOnlyList<Finding> findings = accepted.Count > MostFindings ? [.. accepted.Take(MostFindings)] : accepted;
        var coverage = CoverageLedgers.Build(facts, selection, result.Coverage, accepted.Count > MostFindings ? [.. result.Diagnostics, TooMany] : result.Diagnostics);
        var detected = new DetectedProgram(findings, model, coverage, RuleFacts.Digest, notes);
        return DetectOutput.Of(await artifacts.PutJsonAsync(detected, ct).ConfigureAwait(false), findings);
    }

    // A component without a result leaves its files without coverage: the scan is incomplete and says so.
    private async Task<AnalysisResult> MergedAsync(IReadOnlyList<ComponentOutcome> parts, List<string> notes, CancellationToken ct)
    {
        var results = new List<AnalysisResult>();
        foreach (var part in parts)
        {
            if (part.Result is { } stored) results.Add(await artifacts.GetJsonAsync<AnalysisResult>(stored, ct).ConfigureAwait(false));
            else notes.Add($"a component of the program was not analysed: {part.Failure}");
        }
        return ComponentMerge.Of(results);
    }
}

/// <summary>The texts of a snapshot by role.</summary>
internal static class ProjectTexts
{
    /// <summary>What the engine reads. Tests and examples go in too: they say how the program is put together; nothing is reported in them.</summary>
    public static ProjectInput Of(Snapshot snapshot, SourceSelection selection)
    {
        var roles = selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        return new ProjectInput(Read(snapshot, roles, FileRole.Source, FileRole.Auxiliary), Read(snapshot, roles, FileRole.Manifest), Read(snapshot, roles, FileRole.Made));
    }

    /// <summary>The same for one component.</summary>
    public static ProjectInput Of(Snapshot snapshot, SourceSelection selection, ProgramComponent component)
    {
        var files = snapshot.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        List<SourceFile> Texts(IReadOnlyList<string> paths) => [.. paths.Select(p => SourceFile.FromBytes(p, files[p].Content.Span))];
        return new ProjectInput(Texts(component.Own), Manifests(snapshot, selection), Texts([.. selection.Of(FileRole.Made)])) { Siblings = Texts(component.Siblings) };
    }

    /// <summary>Package manifests and compiler settings.</summary>
    public static IReadOnlyList<SourceFile> Manifests(Snapshot snapshot, SourceSelection selection) =>
        Read(snapshot, selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal), FileRole.Manifest);

    /// <summary>What shows how the project is called.</summary>
    public static IReadOnlyList<SourceFile> Examples(Snapshot snapshot, SourceSelection selection)
    {
        var roles = selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        return Read(snapshot, roles, FileRole.Source, FileRole.Auxiliary, FileRole.Test, FileRole.Manifest, FileRole.Documentation);
    }

    private static List<SourceFile> Read(Snapshot snapshot, Dictionary<string, FileRole> roles, params FileRole[] wanted) =>
        [.. snapshot.Files.Where(f => roles.TryGetValue(f.Path, out var role) && wanted.Contains(role)).Select(f => SourceFile.FromBytes(f.Path, f.Content.Span))];
}
