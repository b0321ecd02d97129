namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Keeps a job that is too large for the secret volume until its group has fetched it, and what is too large for a log until it is taken over.</summary>
public interface IJobStore
{
    /// <summary>Stores a job; gives an address that reads this one object only, for a short time.</summary>
    /// <exception cref="IOException">It could not be stored.</exception>
    Task<Uri> PutAsync(string name, Stream content, TimeSpan life, CancellationToken ct);

    /// <summary>An address that may create this one object and nothing else, for a short time.</summary>
    /// <exception cref="IOException">None is to be had.</exception>
    Task<Uri> OfferAsync(string name, TimeSpan life, CancellationToken ct);

    /// <summary>Opens what was put to an offered address; null where nothing was.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    Task<Stream?> OpenAsync(string name, CancellationToken ct);

    /// <summary>Removes it; one that is gone is fine.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
