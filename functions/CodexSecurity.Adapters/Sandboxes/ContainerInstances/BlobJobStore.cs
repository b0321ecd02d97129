using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// Jobs as blobs of a container of their own, read by an address signed with a user delegation key: no account key exists. A lifecycle rule of the storage account
/// removes what a crash leaves.
/// </summary>
public sealed class BlobJobStore(BlobServiceClient service, TimeProvider time, string container = "sandbox-jobs") : IJobStore
{
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(5);

    /// <inheritdoc />
    public async Task<Uri> PutAsync(string name, Stream content, TimeSpan life, CancellationToken ct)
    {
        try
        {
            var blob = await BlobAsync(name, ct).ConfigureAwait(false);
            await blob.UploadAsync(content, overwrite: true, ct).ConfigureAwait(false);
            return await SignAsync(blob, BlobSasPermissions.Read, life, ct).ConfigureAwait(false);
        }
        catch (RequestFailedException error)
        {
            throw new IOException($"the job could not be stored: {error.Status} {error.ErrorCode}", error);
        }
    }

    /// <inheritdoc />
    public async Task<Uri> OfferAsync(string name, TimeSpan life, CancellationToken ct)
    {
        try
        {
            return await SignAsync(await BlobAsync(name, ct).ConfigureAwait(false), BlobSasPermissions.Create, life, ct).ConfigureAwait(false);
        }
        catch (RequestFailedException error)
        {
            throw new IOException($"no address for a delivery: {error.Status} {error.ErrorCode}", error);
        }
    }

    /// <inheritdoc />
    public async Task<Stream?> OpenAsync(string name, CancellationToken ct)
    {
        try
        {
            return await service.GetBlobContainerClient(container).GetBlobClient(name).OpenReadAsync(cancellationToken: ct).ConfigureAwait(false);
        }
        catch (RequestFailedException error)
        {
            return error.Status == 404 ? null : throw new IOException($"a delivery can't be read: {error.Status} {error.ErrorCode}", error);
        }
    }

    private async Task<BlobClient> BlobAsync(string name, CancellationToken ct)
    {
        var blobs = service.GetBlobContainerClient(container);
        await blobs.CreateIfNotExistsAsync(cancellationToken: ct).ConfigureAwait(false);
        return blobs.GetBlobClient(name);
    }

    private async Task<Uri> SignAsync(BlobClient blob, BlobSasPermissions permissions, TimeSpan life, CancellationToken ct)
    {
        var (from, until) = (time.GetUtcNow() - s_skew, time.GetUtcNow() + life);
        var sas = new BlobSasBuilder(permissions, until) { BlobContainerName = container, BlobName = blob.Name, Resource = "b", StartsOn = from };
        if (blob.CanGenerateSasUri)
        {
            return blob.GenerateSasUri(sas); // development storage: it has a shared key
        }

        sas.Protocol = SasProtocol.Https;
        var key = await service.GetUserDelegationKeyAsync(from, until, ct).ConfigureAwait(false);
        return new UriBuilder(blob.Uri) { Query = sas.ToSasQueryParameters(key.Value, service.AccountName).ToString() }.Uri;
    }

    /// <inheritdoc />
    public async Task DeleteAsync(string name, CancellationToken ct)
    {
        try
        {
            await service.GetBlobContainerClient(container).DeleteBlobIfExistsAsync(name, cancellationToken: ct).ConfigureAwait(false);
        }
        catch (RequestFailedException)
        {
            return; // the lifecycle rule removes it, and its address ends by itself
        }
    }
}
