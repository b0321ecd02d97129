using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>A store that gives an error for some artifacts, whenever they are written.</summary>
internal sealed class RefusingStore(IArtifactStore inner, Func<string, bool> refuses) : IArtifactStore
{
    private int _refused;
    public int Refused => _refused;

    public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken ct)
    {
        if (!refuses(Encoding.UTF8.GetString(content.Span))) return inner.PutAsync(content, mediaType, ct);
        Interlocked.Increment(ref _refused);
        throw new StoreCorruptException("refused by the test");
    }

    public Task<ArtifactRef> PutAsync(Stream content, string mediaType, CancellationToken ct) => inner.PutAsync(content, mediaType, ct);
    public Task<byte[]?> ReadAsync(string sha256, CancellationToken ct) => inner.ReadAsync(sha256, ct);
    public Task<Stream?> OpenAsync(string sha256, CancellationToken ct) => inner.OpenAsync(sha256, ct);
    public Task<bool> ExistsAsync(string sha256, CancellationToken ct) => inner.ExistsAsync(sha256, ct);
    public Task<bool> DeleteAsync(string sha256, DateTimeOffset before, CancellationToken ct) => inner.DeleteAsync(sha256, before, ct);
    public Task<WriteResult> LinkAsync(string name, ArtifactRef artifact, WriteCondition condition, CancellationToken ct) => inner.LinkAsync(name, artifact, condition, ct);
    public Task<Stored<ArtifactRef>?> FindAsync(string name, CancellationToken ct) => inner.FindAsync(name, ct);
    public Task<bool> UnlinkAsync(string name, CancellationToken ct) => inner.UnlinkAsync(name, ct);
    public Task<Page<NamedArtifact>> ListAsync(string prefix, int limit, string? cursor, CancellationToken ct) => inner.ListAsync(prefix, limit, cursor, ct);
}
