namespace CodexSecurity.Pipeline.Ports.GitHub;

/// <summary>Deliveries of the app's webhook that did not arrive. The service does not try them again by itself and forgets them after about three days.</summary>
public interface IFailedDeliveries
{
    /// <summary>Deliveries since a time whose every attempt failed, oldest first, at most 500.</summary>
    /// <exception cref="Ingest.SourceUnavailableException">The service can't be used now.</exception>
    Task<IReadOnlyList<FailedDelivery>> ListAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>Asks for one to be delivered again, under the same GUID.</summary>
    /// <exception cref="Ingest.SourceUnavailableException">The service can't be used now.</exception>
    Task RedeliverAsync(FailedDelivery delivery, CancellationToken ct);
}

/// <summary>A delivery that failed.</summary>
/// <param name="Id">The service's number of its last attempt.</param>
/// <param name="Guid">What X-GitHub-Delivery said.</param>
/// <param name="At">UTC, of the last attempt.</param>
public sealed record FailedDelivery(long Id, string Guid, DateTimeOffset At);
