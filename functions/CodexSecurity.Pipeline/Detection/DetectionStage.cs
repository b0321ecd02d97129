using CodexSecurity.Analysis;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Detection;

/// <summary>Runs the engine over a program as the threat model asks for.</summary>
public static class DetectionStage
{
    /// <summary>Analyses the program. Never throws for what its files hold.</summary>
    /// <param name="project">Source files and manifests.</param>
    /// <param name="written">The threat model that a person wrote, or null: then everything counts.</param>
    /// <param name="knownKinds">Every source kind that the engine knows.</param>
    /// <param name="jobs">Threads; never changes the result.</param>
    public static AnalysisResult Run(ProjectInput project, ThreatModel? written, IEnumerable<string> knownKinds, int jobs) =>
        AnalysisEngine.Analyze(project, EngineOptionsFactory.Create(written, knownKinds, project.Sources.Concat(project.Siblings).Select(f => f.Path), jobs));
}
