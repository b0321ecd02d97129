namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// Keeps this process below its share of the platform's quota: so many groups at a time, so many creations an hour. Those who wait are served in order. Other
/// processes are not seen: where all together ask for too much, the platform says so and the run goes to the next region.
/// </summary>
internal sealed class QuotaBudget(int mostGroups, int mostCreationsAnHour, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim _groups = new(mostGroups), _turn = new(1);
    private readonly Queue<long> _creations = new();

    /// <summary>A place for one group, given back when disposed; null where none came free in time.</summary>
    public async Task<IDisposable?> EnterAsync(TimeSpan most, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await _groups.WaitAsync(either.Token).ConfigureAwait(false);
            return new Place(_groups);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Counts one creation; false where the hour's number is used up for longer than <paramref name="most"/>.</summary>
    public async Task<bool> CreateAsync(TimeSpan most, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            // In order: who waits for the hour to pass holds those behind him, who would have to wait as long.
            await _turn.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }

        try
        {
            while (_creations.TryPeek(out long oldest) && time.GetElapsedTime(oldest) >= s_hour)
            {
                _creations.Dequeue();
            }

            if (_creations.Count >= mostCreationsAnHour)
            {
                var wait = s_hour - time.GetElapsedTime(_creations.Peek());
                if (wait > most)
                {
                    return false;
                }

                await Task.Delay(wait, time, either.Token).ConfigureAwait(false);
                _creations.Dequeue();
            }

            _creations.Enqueue(time.GetTimestamp());
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _groups.Dispose();
        _turn.Dispose();
    }

    private sealed class Place(SemaphoreSlim groups) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                groups.Release();
            }
        }
    }
}
