using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Hosting;

/// <summary>Does by the clock what the timers of the Functions host do.</summary>
public sealed class Clockwork(Maintenance maintenance, Reconciliation reconciliation, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    /// <summary>Looks after the schedules, the queues and what was missed until it is stopped. A store that can't be used now is tried again at the next tick.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            do
            {
                try
                {
                    await maintenance.TickAsync(time.GetUtcNow(), ct).ConfigureAwait(false);
                    await reconciliation.TickAsync(time.GetUtcNow(), ct).ConfigureAwait(false);
                }
                catch (Exception e) when (e is StoreUnavailableException or StoreCorruptException or SourceUnavailableException) { log("scheduled work was put off: " + e.Message); }
            }
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false));
        }
        catch (OperationCanceledException) { }
    }
}
