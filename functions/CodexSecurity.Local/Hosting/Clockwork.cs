using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Hosting;

/// <summary>Does by the clock what the timers of the Functions host do.</summary>
/// <param name="work">What is looked at, each at every tick: it knows itself what is due.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it says what was put off.</param>
public sealed class Clockwork(IReadOnlyList<Func<DateTimeOffset, CancellationToken, Task>> work, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    /// <summary>Looks after the work until it is stopped. A store that can't be used now is tried again at the next tick.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            do
            {
                foreach (var part in work)
                {
                    try { await part(time.GetUtcNow(), ct).ConfigureAwait(false); }
                    catch (Exception e) when (e is StoreUnavailableException or StoreCorruptException or SourceUnavailableException) { log("scheduled work was put off: " + e.Message); }
                }
            }
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false));
        }
        catch (OperationCanceledException) { }
    }
}
