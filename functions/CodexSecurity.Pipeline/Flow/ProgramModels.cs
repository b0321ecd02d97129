using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Steps;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>The threat model of a state without a scan: for showing and drafting it.</summary>
public static class ProgramModels
{
    /// <summary>The model in force: the repository's own where it is valid, completed by the draft.</summary>
    public static ThreatModel Of(Snapshot snapshot, int jobs)
    {
        var project = ProjectTexts.Of(snapshot, SourceSelector.Select(snapshot));
        var draft = ThreatModelDraft.Draft(DetectionStage.Run(project, null, ThreatModelDraft.DefaultWeights.Keys, jobs), project.Manifests);
        if (snapshot.Files.FirstOrDefault(f => f.Path == ThreatModelFile.DefaultPath) is not { } file) return draft;
        return ThreatModelFile.Read(file.Path, SourceFile.FromBytes(file.Path, file.Content.Span).Text).Model is { } own ? ThreatModelFile.Merge(own, draft) : draft;
    }
}
