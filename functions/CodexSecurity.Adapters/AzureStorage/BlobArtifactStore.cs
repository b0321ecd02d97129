using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>
/// Artifacts as blobs <c>ab/abcdef…</c> in one container. Names are rows of a table, by the first segment of the name, as a list of blobs can't be read from the
/// middle.
/// </summary>
public sealed class BlobArtifactStore : IArtifactStore
{
    private readonly BlobContainerClient _blobs;
    private readonly TableRows _names;

    internal BlobArtifactStore(BlobContainerClient blobs, TableRows names) => (_blobs, _names) = (blobs, names);

    /// <inheritdoc/>
    public async Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken ct)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        await UploadAsync(sha256, BinaryData.FromBytes(content).ToStream, mediaType, ct).ConfigureAwait(false);
        return new ArtifactRef(sha256, content.Length, mediaType);
    }

    /// <inheritdoc/>
    public async Task<ArtifactRef> PutAsync(Stream content, string mediaType, CancellationToken ct)
    {
        // The name is the digest, which is known at the end: the content waits in a file that goes with its handle.
        await using var spool = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81920, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await content.CopyToAsync(spool, ct).ConfigureAwait(false);
        spool.Position = 0;
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(spool, ct).ConfigureAwait(false));
        await UploadAsync(sha256, () => { spool.Position = 0; return spool; }, mediaType, ct).ConfigureAwait(false);
        return new ArtifactRef(sha256, spool.Length, mediaType);
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string sha256, CancellationToken ct)
    {
        var blob = Blob(sha256);
        return Access.GuardAsync(async () =>
        {
            try
            {
                var bytes = (await blob.DownloadContentAsync(ct).ConfigureAwait(false)).Value.Content.ToArray();
                return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256 ? bytes : throw new StoreCorruptException($"the bytes of artifact {sha256} were altered");
            }
            catch (RequestFailedException e) when (e.Status == 404) { return null; }
        });
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string sha256, CancellationToken ct)
    {
        var blob = Blob(sha256);
        return Access.GuardAsync<Stream?>(async () =>
        {
            try { return (await blob.DownloadStreamingAsync(cancellationToken: ct).ConfigureAwait(false)).Value.Content; }
            catch (RequestFailedException e) when (e.Status == 404) { return null; }
        });
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string sha256, CancellationToken ct)
    {
        var blob = Blob(sha256);
        return Access.GuardAsync(async () => (await blob.ExistsAsync(ct).ConfigureAwait(false)).Value);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string sha256, DateTimeOffset before, CancellationToken ct)
    {
        var blob = Blob(sha256);
        return Access.GuardAsync(async () =>
        {
            try { return (await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.None, new BlobRequestConditions { IfUnmodifiedSince = before }, ct).ConfigureAwait(false)).Value; }
            catch (RequestFailedException e) when (e.Status == 412) { return false; }
        });
    }

    /// <inheritdoc/>
    public Task<WriteResult> LinkAsync(string name, ArtifactRef artifact, WriteCondition condition, CancellationToken ct)
    {
        ArtifactNames.Check(name);
        return Access.GuardAsync(() => _names.PutAsync(Partition(name), Keys.Part(name), new NamedArtifact(name, artifact), condition, _ => Task.CompletedTask, ct));
    }

    /// <inheritdoc/>
    public Task<Stored<ArtifactRef>?> FindAsync(string name, CancellationToken ct)
    {
        ArtifactNames.Check(name);
        return Access.GuardAsync(async () => await _names.GetAsync<NamedArtifact>(Partition(name), Keys.Part(name), ct).ConfigureAwait(false) is { } row ? new Stored<ArtifactRef>(row.Value.Artifact, row.Tag) : null);
    }

    /// <inheritdoc/>
    public Task<bool> UnlinkAsync(string name, CancellationToken ct)
    {
        ArtifactNames.Check(name);
        return Access.GuardAsync(() => _names.DeleteAsync(Partition(name), Keys.Part(name), ct));
    }

    /// <inheritdoc/>
    public Task<Pipeline.Ports.Storage.Page<NamedArtifact>> ListAsync(string prefix, int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 1)?[0];
        var most = Cursors.Limit(limit);
        if (!prefix.Contains('/', StringComparison.Ordinal)) throw new ArgumentException("a prefix has a first segment that is whole", nameof(prefix));
        return Access.GuardAsync(async () =>
        {
            var (items, key) = (new List<NamedArtifact>(), Keys.Part(prefix));
            var rows = _names.Range(Partition(prefix), after is null ? key : Keys.Part(after), key + "~~", "", Math.Min(most + 1, 1000), null, ct);
            await foreach (var row in rows.ConfigureAwait(false))
            {
                items.Add(TableRows.Read<NamedArtifact>(row).Value);
                if (items.Count > most) break;
            }
            return Cursors.Page(items, most, n => Cursors.Write(n.Name));
        });
    }

    private Task<bool> UploadAsync(string sha256, Func<Stream> content, string mediaType, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var blob = Blob(sha256);
        try
        {
            // What is there counts as stored now.
            await blob.SetHttpHeadersAsync(new BlobHttpHeaders { ContentType = mediaType }, cancellationToken: ct).ConfigureAwait(false);
            return false;
        }
        catch (RequestFailedException e) when (e.Status == 404) { }
        try
        {
            await blob.UploadAsync(content(), new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All }, HttpHeaders = new BlobHttpHeaders { ContentType = mediaType } }, ct).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412) { return false; } // somebody else stored the same
    });

    private BlobClient Blob(string sha256) =>
        sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower) ? _blobs.GetBlobClient($"{sha256[..2]}/{sha256}") : throw new ArgumentException("this is no artifact's digest", nameof(sha256));

    private static string Partition(string name) => Keys.Part(name.Split('/')[0]);
}
