using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>
/// Removes old scans of connected repositories with what only they stored, and what disconnected repositories left. Kept are: scans that are not over, the
/// latest whole scan of each branch, and scans whose view of a finding is the latest one. Findings, their occurrences and decisions stay.
/// </summary>
/// <param name="scans">Records.</param>
/// <param name="artifacts">Bulk.</param>
/// <param name="keep">How long scans are kept; zero: for ever.</param>
public sealed class Retention(IScanStore scans, IArtifactStore artifacts, TimeSpan keep)
{
    /// <summary>How long scans are kept where nothing is said.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromDays(90);

    /// <summary>Name of the setting: days, 14 to 3650, or 0 for ever.</summary>
    public const string Setting = "CODEX_SECURITY_KEEP_SCANS_DAYS";

    /// <summary>How often it looks, and how many scans it removes in one go at the most.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <inheritdoc cref="Every"/>
    public const int MostAtOnce = 200;

    // What was stored lately may belong to work in flight, which records its uses at its end.
    private static readonly TimeSpan InFlight = TimeSpan.FromDays(7);

    private const string Looked = "retention/looked-at";

    private readonly ScanUses _uses = new(artifacts);

    /// <summary>The time of a setting.</summary>
    /// <exception cref="ArgumentException">It is no number of days in the range.</exception>
    public static TimeSpan Of(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting)) return Default;
        if (int.TryParse(setting, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var days) && days is 0 or >= 14 and <= 3650) return TimeSpan.FromDays(days);
        throw new ArgumentException($"{Setting} is a number of days, 14 to 3650, or 0 to keep scans for ever");
    }

    /// <summary>Looks where a day has gone since the last look. A look that found more than it may remove at once goes on at the next tick.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (await artifacts.FindKeptAsync<LookedAt>(Looked, ct).ConfigureAwait(false) is { At: var last } && now - last < Every) return;
        if (await RemoveAsync(now, MostAtOnce, ct).ConfigureAwait(false) >= MostAtOnce) return;
        await artifacts.KeepAsync(Looked, new LookedAt(now), ct).ConfigureAwait(false);
    }

    /// <summary>Removes what is too old.</summary>
    /// <param name="now">UTC.</param>
    /// <param name="most">Most scans to remove.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Scans removed.</returns>
    public async Task<int> RemoveAsync(DateTimeOffset now, int most, CancellationToken ct)
    {
        var (removed, connected, cursor) = (0, new HashSet<string>(StringComparer.Ordinal), (string?)null);
        do
        {
            var page = await scans.ListRepositoriesAsync(200, cursor, ct).ConfigureAwait(false);
            foreach (var repository in page.Items)
            {
                connected.Add(FlowIds.KeptOf(repository.Id));
                if (keep > TimeSpan.Zero && removed < most) removed += await RemoveOldAsync(repository.Id, now, most - removed, ct).ConfigureAwait(false);
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        removed += await RemoveLeftAsync(connected, now, most - removed, ct).ConfigureAwait(false);
        if (removed > 0)
            await scans.AddAuditAsync(new AuditEntry(now, "retention:" + Cursors.Time(now), "retention", "scan.remove", "", $"{removed} scans were older than {keep.TotalDays:0} days, or of repositories that are not connected any more"), ct).ConfigureAwait(false);
        return removed;
    }

    private async Task<int> RemoveOldAsync(string repositoryId, DateTimeOffset now, int most, CancellationToken ct)
    {
        var (removed, branches, cursor) = (0, new HashSet<string>(StringComparer.Ordinal), (string?)null);
        do
        {
            var page = await scans.ListScansAsync(repositoryId, null, null, 200, cursor, ct).ConfigureAwait(false);
            foreach (var scan in page.Items)
            {
                if (scan.Status is ScanStatus.Queued or ScanStatus.Running) continue;
                var whole = scan.Kind != ScanKind.Diff && scan.Status is ScanStatus.Completed or ScanStatus.Incomplete;
                if (whole && branches.Add(scan.Branch)) continue;
                if (scan.RequestedAt >= now - keep || (whole && await IsLatestOfAFindingAsync(scan, ct).ConfigureAwait(false))) continue;
                await RemoveAsync(repositoryId, scan.Id, now, ct).ConfigureAwait(false);
                if (++removed >= most) return removed;
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return removed;
    }

    // The artifacts first: a scan without a record would not be found again.
    private async Task RemoveAsync(string repositoryId, string scanId, DateTimeOffset now, CancellationToken ct)
    {
        await _uses.ReleaseAsync(repositoryId, scanId, now - InFlight, ct).ConfigureAwait(false);
        await scans.DeleteScanAsync(scanId, ct).ConfigureAwait(false);
    }

    private async Task<bool> IsLatestOfAFindingAsync(ScanRecord scan, CancellationToken ct)
    {
        if (scan.Result is not { } stored || await artifacts.ReadAsync(stored.Sha256, ct).ConfigureAwait(false) is not { } bytes) return false;
        foreach (var finding in FlowJson.Read<ScanResult>(bytes).Findings)
        {
            if (await scans.GetFindingAsync(scan.RepositoryId, scan.Branch, finding.Id, ct).ConfigureAwait(false) is { Value.LastScanId: var last } && last == scan.Id) return true;
        }
        return false;
    }

    // A repository's records go when it is disconnected; its scans' artifacts are found by their names.
    private async Task<int> RemoveLeftAsync(HashSet<string> connected, DateTimeOffset now, int most, CancellationToken ct)
    {
        var (removed, cursor) = (0, (string?)null);
        do
        {
            var page = await artifacts.ListAsync(FlowIds.KeptLists, 500, cursor, ct).ConfigureAwait(false);
            foreach (var kept in page.Items.Where(k => !connected.Contains(k.Name[..(k.Name.LastIndexOf('/') + 1)])))
            {
                if (removed >= most) return removed;
                await _uses.ReleaseAsync(kept.Name, now - InFlight, ct).ConfigureAwait(false);
                removed++;
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return removed;
    }
}
