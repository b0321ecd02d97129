namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Names under which the outcome of each finding waits for the conclusion: the history of a run keeps only small values.</summary>
internal static class FindingNames
{
    public static string Scan(string scanId) => $"scans/{scanId}/";

    public static string Validation(string scanId, string findingId) => $"{Scan(scanId)}validation/{findingId}";

    public static string Patch(string scanId, string findingId) => $"{Scan(scanId)}patch/{findingId}";
}
