namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Keeps a job that is too large for the secret volume until its group has fetched it.</summary>
public interface IJobStore
{
    /// <summary>Stores a job; gives an address that reads this one object only, for a short time.</summary>
    /// <exception cref="IOException">It could not be stored.</exception>
    Task<Uri> PutAsync(string name, Stream content, TimeSpan life, CancellationToken ct);

    /// <summary>Removes it; one that is gone is fine.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
