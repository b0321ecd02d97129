using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Goes through a store's index once a day, a part at a time, and keeps where it is.</summary>
public sealed class IndexUpkeep(IIndexRepair store, IArtifactStore artifacts)
{
    /// <summary>How often it begins anew.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(1);

    private const int Rows = 2_000, MostParts = 50;
    private const string Kept = "retention/index";

    /// <summary>When the walk began, and where it is; no cursor: at its end.</summary>
    private sealed record Walk(DateTimeOffset Begun, string? Cursor, bool Ended);

    /// <summary>Goes on with a walk, at most 50 parts of 2,000 rows, or begins one that is due.</summary>
    /// <returns>Rows removed or written.</returns>
    public async Task<int> TickAsync(DateTimeOffset now, CancellationToken ct)
    {
        var walk = await artifacts.FindKeptAsync<Walk>(Kept, ct).ConfigureAwait(false);
        if (walk is null || (walk.Ended && now - walk.Begun >= Every)) walk = new Walk(now, null, false);
        var rows = 0;
        for (var part = 0; part < MostParts && !walk.Ended; part++)
        {
            var done = await store.RepairAsync(walk.Cursor, Rows, ct).ConfigureAwait(false);
            rows += done.Rows;
            walk = walk with { Cursor = done.Cursor, Ended = done.Cursor is null };
            await artifacts.KeepAsync(Kept, walk, ct).ConfigureAwait(false);
        }
        return rows;
    }
}
