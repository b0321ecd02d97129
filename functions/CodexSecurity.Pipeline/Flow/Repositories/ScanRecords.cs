using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>What a scan starts from.</summary>
internal static class ScanRecords
{
    /// <summary>One that waits for its turn. Its place is given.</summary>
    public static ScanRecord Queued(ScanRequest request) => new(
        request.ScanId, request.RepositoryId, request.Branch, request.Kind, request.Commit ?? "", ScanStatus.Queued, request.At!.Value, null, "", null, null,
        new SortedDictionary<string, ArtifactRef>(StringComparer.Ordinal), 0);

    /// <summary>Authors of versions that only show what a scan used: drafted from the code, or read from the repository. Neither takes the place of the next state's own.</summary>
    public const string Drafted = "codex-security", Repository = "repository";

    /// <summary>The threat model that a person stored, which takes the place of the repository's own; null where there is none.</summary>
    public static async Task<ArtifactRef?> ModelAsync(IScanStore scans, IArtifactStore artifacts, string repositoryId, CancellationToken ct) =>
        await scans.GetThreatModelAsync(repositoryId, null, ct).ConfigureAwait(false) is { Value: { Text: var text, Author: not (Drafted or Repository) } }
            ? await artifacts.PutAsync(System.Text.Encoding.UTF8.GetBytes(text), "text/markdown", ct).ConfigureAwait(false) : null;
}
