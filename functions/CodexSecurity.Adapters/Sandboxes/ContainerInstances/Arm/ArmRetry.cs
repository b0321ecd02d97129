namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

/// <summary>Repeats requests that failed for now: backoff that doubles up to half a minute, at least what the service asks for, never beyond a deadline.</summary>
internal sealed class ArmRetry(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1), s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Runs a request until it succeeds or fails for good.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> request, Deadline deadline, CancellationToken ct) => RunAsync(request, static () => Task.FromResult<(bool, T?)>((false, default)), deadline, ct);

    /// <summary>
    /// The same, where a failed request may have had its effect: before it is repeated, <paramref name="recover"/> looks whether it had. A conflict is looked at in
    /// the same way: the first request may be what this one meets.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> request, Func<Task<(bool Found, T? Result)>> recover, Deadline deadline, CancellationToken ct)
    {
        for (int attempt = 0; ; attempt++)
        {
            Exception failure;
            try
            {
                return await request().ConfigureAwait(false);
            }
            catch (Exception error) when (ArmFailure.Is(error, ct) && ArmFailure.KindOf(error) is ArmFailureKind.Transient or ArmFailureKind.Conflict)
            {
                failure = error;
            }

            var wait = WaitBefore(attempt, failure);
            if (wait >= deadline.Left)
            {
                throw failure;
            }

            await Task.Delay(wait, time, ct).ConfigureAwait(false);
            try
            {
                if (await recover().ConfigureAwait(false) is (true, { } found))
                {
                    return found;
                }
            }
            catch (Exception error) when (ArmFailure.Is(error, ct) && ArmFailure.KindOf(error) == ArmFailureKind.Transient)
            {
                continue; // nothing is known: the next request tells
            }
        }
    }

    // Spread by the number of the attempt and the clock: many runs that were refused together do not come back together.
    private TimeSpan WaitBefore(int attempt, Exception failure)
    {
        var doubled = s_first * Math.Pow(2, Math.Min(attempt, 5));
        var backoff = doubled < s_longest ? doubled : s_longest;
        var spread = backoff * (0.75 + (Random.Shared.NextDouble() / 2));
        return ArmFailure.RetryAfter(failure, time) is { } asked && asked > spread ? asked : spread;
    }
}
