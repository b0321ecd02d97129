using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>The stores on Azure Tables and Blobs. Tables and containers are made where they are missing.</summary>
public sealed class AzureStores
{
    private const int Retries = 4;

    private AzureStores(TableScanStore scans, BlobArtifactStore artifacts) => (Scans, Artifacts) = (scans, artifacts);

    /// <summary>Records.</summary>
    public TableScanStore Scans { get; }

    /// <summary>Bulk.</summary>
    public BlobArtifactStore Artifacts { get; }

    /// <summary>Opens them.</summary>
    /// <param name="settings">Where they are.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="StoreUnavailableException">The service is not reached, or refuses.</exception>
    public static Task<AzureStores> OpenAsync(AzureStorageSettings settings, CancellationToken ct) => OpenAsync(settings, null, ct);

    /// <summary>Opens them over a transport of the caller's.</summary>
    internal static Task<AzureStores> OpenAsync(AzureStorageSettings settings, HttpPipelineTransport? transport, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var (tableOptions, blobOptions) = (Options(new TableClientOptions(), transport), Options(new BlobClientOptions(), transport));
        TableServiceClient tables;
        BlobServiceClient blobs;
        if (settings.Connection.Length > 0) (tables, blobs) = (new TableServiceClient(settings.Connection, tableOptions), new BlobServiceClient(settings.Connection, blobOptions));
        else
        {
            var credential = new DefaultAzureCredential(settings.ClientId.Length > 0 ? new DefaultAzureCredentialOptions { ManagedIdentityClientId = settings.ClientId } : new DefaultAzureCredentialOptions());
            (tables, blobs) = (new TableServiceClient(settings.Tables!, credential, tableOptions), new BlobServiceClient(settings.Blobs!, credential, blobOptions));
        }
        async Task<TableRows> TableAsync(string name)
        {
            var table = tables.GetTableClient(settings.Prefix + name);
            await table.CreateIfNotExistsAsync(ct).ConfigureAwait(false);
            return new TableRows(table);
        }
        var container = blobs.GetBlobContainerClient(settings.Prefix + "artifacts");
        await container.CreateIfNotExistsAsync(cancellationToken: ct).ConfigureAwait(false);
        var scans = new TableScanStore(await TableAsync("records").ConfigureAwait(false), await TableAsync("scans").ConfigureAwait(false), await TableAsync("findings").ConfigureAwait(false));
        return new AzureStores(scans, new BlobArtifactStore(container, await TableAsync("names").ConfigureAwait(false)));
    });

    private static T Options<T>(T options, HttpPipelineTransport? transport) where T : ClientOptions
    {
        options.Retry.MaxRetries = Retries;
        options.Retry.MaxDelay = TimeSpan.FromSeconds(8);
        if (transport is not null) options.Transport = transport;
        return options;
    }
}
