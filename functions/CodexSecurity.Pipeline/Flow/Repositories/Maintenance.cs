using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>What is done by the clock, for any host. Every part may run twice or late: what is due follows from what is stored.</summary>
public sealed class Maintenance(IScanStore scans, IArtifactStore artifacts, IScanControl control)
{
    /// <summary>How long deliveries are remembered: GitHub delivers again for about three days.</summary>
    public static readonly TimeSpan DeliveriesKept = TimeSpan.FromDays(30);

    private const string Looked = "schedules/looked-at";

    /// <summary>Starts the rescans that are due, has branches go on, and forgets old deliveries.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken ct)
    {
        await control.ResumeBranchesAsync(now, ct).ConfigureAwait(false);
        await RescanAsync(now, ct).ConfigureAwait(false);
        await scans.PurgeDeliveriesAsync(now - DeliveriesKept, ct).ConfigureAwait(false);
    }

    /// <summary>Starts the scans that became due since the last look. Of several that were missed the latest runs; it is asked for at its due time, so that two looks are one scan.</summary>
    /// <returns>Scans asked for.</returns>
    public async Task<int> RescanAsync(DateTimeOffset now, CancellationToken ct)
    {
        var since = (await artifacts.FindKeptAsync<LookedAt>(Looked, ct).ConfigureAwait(false))?.At ?? now;
        var (started, cursor) = (0, (string?)null);
        do
        {
            var page = await scans.ListRepositoriesAsync(200, cursor, ct).ConfigureAwait(false);
            foreach (var repository in page.Items.Where(r => r.Schedule.Length > 0))
            {
                if (Schedules.LatestDue(repository.Schedule, since, now) is not { } due) continue;
                await control.StartScanAsync(repository, new ScanAsk(ScanKind.Full, null, null, null), due, ct).ConfigureAwait(false);
                started++;
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        // After the scans: a process that dies between looks at the same span again.
        await artifacts.KeepAsync(Looked, new LookedAt(now), ct).ConfigureAwait(false);
        return started;
    }
}
