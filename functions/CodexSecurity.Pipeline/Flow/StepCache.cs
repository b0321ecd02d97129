using System.Collections.Concurrent;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>
/// What several steps of one scan read again: kept by digest for the life of the process, the latest few. Only saves work: a step that finds nothing here
/// loads it, so that steps stay independent of where they run.
/// </summary>
public sealed class StepCache(IArtifactStore artifacts)
{
    private const int Kept = 6;
    private readonly ConcurrentDictionary<string, Lazy<Task<object>>> _values = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>A stored snapshot.</summary>
    public Task<Snapshot> SnapshotAsync(ArtifactRef stored, CancellationToken ct) =>
        GetAsync("snapshot:" + stored.Sha256, async () => await SnapshotArchive.LoadAsync(artifacts, stored, ct).ConfigureAwait(false));

    /// <summary>A stored record.</summary>
    public Task<T> RecordAsync<T>(ArtifactRef stored, CancellationToken ct) where T : class =>
        GetAsync($"{typeof(T).Name}:{stored.Sha256}", async () => await artifacts.GetJsonAsync<T>(stored, ct).ConfigureAwait(false));

    /// <summary>A value of a key, made once. One that can't be made is not kept.</summary>
    public async Task<T> GetAsync<T>(string key, Func<Task<T>> make) where T : class
    {
        var value = _values.GetOrAdd(key, k =>
        {
            _order.Enqueue(k);
            return new Lazy<Task<object>>(async () => await make().ConfigureAwait(false));
        });
        while (_order.Count > Kept && _order.TryDequeue(out var oldest))
        {
            if (oldest != key) _values.TryRemove(oldest, out _);
            else _order.Enqueue(oldest);
        }
        try { return (T)await value.Value.ConfigureAwait(false); }
        catch
        {
            _values.TryRemove(new KeyValuePair<string, Lazy<Task<object>>>(key, value));
            throw;
        }
    }
}
