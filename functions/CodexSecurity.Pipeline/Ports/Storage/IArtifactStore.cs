using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>
/// Blobs by content (SHA-256), and names that point to them. Storing the same bytes twice is one blob; a reader checks the digest, so what comes out is
/// what went in. A blob is complete or absent, never half there.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Stores bytes. Idempotent: storing again what is there counts as stored now.</summary>
    /// <exception cref="StoreUnavailableException">Disk full or not reached.</exception>
    Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken ct);

    /// <summary>Stores a stream without holding it in memory. Idempotent.</summary>
    Task<ArtifactRef> PutAsync(Stream content, string mediaType, CancellationToken ct);

    /// <summary>Reads a blob whole, or null where it is absent.</summary>
    /// <exception cref="StoreCorruptException">The bytes do not have that digest.</exception>
    Task<byte[]?> ReadAsync(string sha256, CancellationToken ct);

    /// <summary>Opens a blob for reading, or null where it is absent. The digest is not checked: for handing out large content.</summary>
    Task<Stream?> OpenAsync(string sha256, CancellationToken ct);

    /// <summary>Whether a blob is there.</summary>
    Task<bool> ExistsAsync(string sha256, CancellationToken ct);

    /// <summary>
    /// Removes a blob that was last stored before a time; false where it is absent or was stored later. The caller knows that no name or record points to it;
    /// the time is for work in flight, which stores first and points later.
    /// </summary>
    Task<bool> DeleteAsync(string sha256, DateTimeOffset before, CancellationToken ct);

    /// <summary>Points a name (segments of letters, digits, "-", "_", "." and ":", joined by "/") to a blob.</summary>
    Task<WriteResult> LinkAsync(string name, ArtifactRef artifact, WriteCondition condition, CancellationToken ct);

    /// <summary>What a name points to, or null.</summary>
    Task<Stored<ArtifactRef>?> FindAsync(string name, CancellationToken ct);

    /// <summary>Removes a name; false where it was absent.</summary>
    Task<bool> UnlinkAsync(string name, CancellationToken ct);

    /// <summary>Names that start with <paramref name="prefix"/>, in ordinal order.</summary>
    Task<Page<NamedArtifact>> ListAsync(string prefix, int limit, string? cursor, CancellationToken ct);
}

/// <summary>A name and what it points to.</summary>
public sealed record NamedArtifact(string Name, ArtifactRef Artifact);

/// <summary>Records as artifacts.</summary>
public static class ArtifactJson
{
    /// <summary>Stores a record as JSON.</summary>
    public static Task<ArtifactRef> PutJsonAsync<T>(this IArtifactStore store, T value, CancellationToken ct) => store.PutAsync(FlowJson.WriteBytes(value), "application/json", ct);

    /// <summary>Reads a record.</summary>
    /// <exception cref="StoreCorruptException">Absent or altered.</exception>
    public static async Task<T> GetJsonAsync<T>(this IArtifactStore store, ArtifactRef artifact, CancellationToken ct)
    {
        var bytes = await store.ReadAsync(artifact.Sha256, ct).ConfigureAwait(false) ?? throw new StoreCorruptException($"artifact {artifact.Sha256} is not in the store");
        return FlowJson.Read<T>(bytes);
    }
}
