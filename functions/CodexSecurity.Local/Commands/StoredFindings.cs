using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Commands;

/// <summary>Findings of earlier scans by their id.</summary>
internal static class StoredFindings
{
    /// <summary>The finding, as the latest scan saw it on any repository and branch of this machine.</summary>
    /// <exception cref="CommandProblem">There is none.</exception>
    public static async Task<FindingRecord> GetAsync(LocalStores stores, string id, CancellationToken ct) =>
        (await stores.Scans.FindFindingsAsync(id, ct).ConfigureAwait(false)).MaxBy(r => r.LastSeenAt) ?? throw new CommandProblem($"there is no finding {id} in the scans of this machine");

    /// <summary>The scan that it was seen in last.</summary>
    /// <exception cref="CommandProblem">Its record or result is gone.</exception>
    public static async Task<(ScanRecord Record, ScanResult Result)> ScanAsync(LocalStores stores, FindingRecord finding, CancellationToken ct)
    {
        if (await stores.Scans.GetScanAsync(finding.LastScanId, ct).ConfigureAwait(false) is not { Value: { Result: { } result, Snapshot: not null } record })
            throw new CommandProblem($"the scan {finding.LastScanId} is no longer stored");
        return (record, await stores.Artifacts.GetJsonAsync<ScanResult>(result, ct).ConfigureAwait(false));
    }
}
