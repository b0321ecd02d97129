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

    public static bool IsValidation(string name) => name.Contains("/validation/", StringComparison.Ordinal);

    public static string Patch(string scanId, string findingId) => $"{Scan(scanId)}patch/{findingId}";
}
