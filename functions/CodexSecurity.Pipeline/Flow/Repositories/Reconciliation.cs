using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.GitHub;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Sources;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Finds pushes that no delivery told of: asks for failed deliveries again, and compares the heads of watched branches with what was scanned. Every part may run twice or late.</summary>
/// <param name="scans">Records.</param>
/// <param name="artifacts">Where it keeps when it looked last and what it asked for.</param>
/// <param name="control">Starts what was missed.</param>
/// <param name="source">Says where branches point to.</param>
/// <param name="deliveries">The service's list; null where no app is configured.</param>
public sealed class Reconciliation(IScanStore scans, IArtifactStore artifacts, IScanControl control, ISnapshotSource source, IFailedDeliveries? deliveries)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan DeliveriesEvery = TimeSpan.FromMinutes(15), HeadsEvery = TimeSpan.FromHours(1);

    /// <summary>How far back a delivery can be asked for again.</summary>
    public static readonly TimeSpan Redeliverable = TimeSpan.FromDays(3);

    private const string Asked = "reconciliation/deliveries", Heads = "reconciliation/heads";

    /// <summary>When it looked last, and what it asked for: GUID to time.</summary>
    private sealed record Look(DateTimeOffset At, SortedDictionary<string, DateTimeOffset> Asked);

    /// <summary>Looks at what is due.</summary>
    /// <exception cref="Ingest.SourceUnavailableException">The service's list can't be had now; the next look tries again.</exception>
    public async Task TickAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (await DueAsync(Heads, HeadsEvery, now, ct).ConfigureAwait(false) is { } heads)
        {
            await CompareHeadsAsync(now, ct).ConfigureAwait(false);
            await artifacts.KeepAsync(Heads, heads with { At = now }, ct).ConfigureAwait(false);
        }
        if (deliveries is not null && await DueAsync(Asked, DeliveriesEvery, now, ct).ConfigureAwait(false) is not null) await RedeliverAsync(now, ct).ConfigureAwait(false);
    }

    /// <summary>Asks for each delivery that failed and was not taken since, once.</summary>
    /// <returns>Deliveries asked for.</returns>
    public async Task<int> RedeliverAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (deliveries is null) return 0;
        var look = await artifacts.FindKeptAsync<Look>(Asked, ct).ConfigureAwait(false) ?? new Look(now, []);
        var (since, count) = (now - Redeliverable, 0);
        var asked = new SortedDictionary<string, DateTimeOffset>(look.Asked.Where(a => a.Value >= since).ToDictionary(), StringComparer.Ordinal);
        try
        {
            foreach (var failed in await deliveries.ListAsync(since, ct).ConfigureAwait(false))
            {
                if (asked.ContainsKey(failed.Guid) || await scans.HasDeliveryAsync(failed.Guid, ct).ConfigureAwait(false)) continue;
                await deliveries.RedeliverAsync(failed, ct).ConfigureAwait(false);
                asked[failed.Guid] = now;
                count++;
            }
        }
        finally
        {
            // Also of a look that broke off: what was asked for is not asked for again.
            await artifacts.KeepAsync(Asked, new Look(now, asked), ct).ConfigureAwait(false);
        }
        return count;
    }

    /// <summary>Starts the push of each watched branch whose head no scan knows. A repository without any scan is left alone: it was never asked to be scanned.</summary>
    /// <returns>Pushes started.</returns>
    public async Task<int> CompareHeadsAsync(DateTimeOffset now, CancellationToken ct)
    {
        var (started, cursor) = (0, (string?)null);
        do
        {
            var page = await scans.ListRepositoriesAsync(200, cursor, ct).ConfigureAwait(false);
            foreach (var repository in page.Items)
            {
                if (await MissedAsync(repository, now, ct).ConfigureAwait(false)) started++;
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return started;
    }

    private async Task<bool> MissedAsync(RepositoryRecord repository, DateTimeOffset now, CancellationToken ct)
    {
        if ((await scans.ListScansAsync(repository.Id, repository.Branch, null, 1, null, ct).ConfigureAwait(false)).Items is not [var newest]) return false;
        // One that can't be asked now (gone, made private, out of reach) is asked again at the next look.
        if (await source.HeadAsync(repository.Location, repository.Branch, ct).ConfigureAwait(false) is not { Succeeded: true, Value: { } head }) return false;
        if (newest.Revision == head || await scans.GetScanAsync(FlowIds.PushedScan(repository.Id, repository.Branch, head), ct).ConfigureAwait(false) is not null) return false;
        var before = newest.Revision.Length == head.Length ? newest.Revision : new string('0', head.Length);
        await control.PushedAsync(repository, new Push("head:" + head, repository.Branch, before, head, [], false), now, ct).ConfigureAwait(false);
        return true;
    }

    private async Task<Look?> DueAsync(string name, TimeSpan every, DateTimeOffset now, CancellationToken ct) =>
        await artifacts.FindKeptAsync<Look>(name, ct).ConfigureAwait(false) is { } look ? now - look.At >= every ? look : null : new Look(now, []);
}
