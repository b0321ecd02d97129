using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Names under which the outcome of each finding waits for the conclusion: the history of a run keeps only small values.</summary>
internal static class FindingNames
{
    public static string Scan(string scanId) => $"scans/{scanId}/";

    public static string Validation(string scanId, string findingId) => $"{Scan(scanId)}validation/{findingId}";

    /// <summary>Removes all names of a scan.</summary>
    public static async Task ClearAsync(IArtifactStore artifacts, string scanId, CancellationToken ct)
    {
        for (string? cursor = null; ;)
        {
            var page = await artifacts.ListAsync(Scan(scanId), 200, cursor, ct).ConfigureAwait(false);
            foreach (var item in page.Items) await artifacts.UnlinkAsync(item.Name, ct).ConfigureAwait(false);
            if ((cursor = page.Cursor) is null) break;
        }
    }

    /// <summary>What the steps of a scan stored beside what their outputs name: the files of its snapshots, the outcomes of its findings and their evidence.</summary>
    public static async Task<IReadOnlyList<ArtifactRef>> StoredAsync(IArtifactStore artifacts, string scanId, IReadOnlyList<ArtifactRef> snapshots, CancellationToken ct)
    {
        var stored = new List<ArtifactRef>();
        foreach (var snapshot in snapshots) stored.Add((await artifacts.GetJsonAsync<StoredSnapshot>(snapshot, ct).ConfigureAwait(false)).Files);
        for (string? cursor = null; ;)
        {
            var page = await artifacts.ListAsync(Scan(scanId), 500, cursor, ct).ConfigureAwait(false);
            foreach (var outcome in page.Items)
            {
                stored.Add(outcome.Artifact);
                // A patch's evidence stands in the result in the place of the validation's.
                if (IsValidation(outcome.Name) && (await artifacts.GetJsonAsync<ValidationSummary>(outcome.Artifact, ct).ConfigureAwait(false)).Bundle is { } bundle) stored.Add(bundle);
            }
            if ((cursor = page.Cursor) is null) return stored;
        }
    }

    public static bool IsValidation(string name) => name.Contains("/validation/", StringComparison.Ordinal);

    public static string Patch(string scanId, string findingId) => $"{Scan(scanId)}patch/{findingId}";
}
