using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>The threat model that a person wrote for a program.</summary>
internal static class WrittenModel
{
    /// <summary>
    /// The model, or null where nobody wrote one. A model that somebody gave has to be right; one in the repository is content like any other and must not
    /// stop the scan: what became of it is added to the notes.
    /// </summary>
    /// <exception cref="StepRejectedException">The given model has mistakes.</exception>
    public static async Task<ThreatModel?> ReadAsync(IArtifactStore artifacts, Snapshot snapshot, ArtifactRef? given, List<string> notes, CancellationToken ct)
    {
        if (given is not null)
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
