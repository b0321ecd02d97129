using Azure;
using Azure.Identity;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>Failures of the service as the ports name them.</summary>
internal static class Access
{
    /// <summary>Runs an access.</summary>
    /// <exception cref="StoreUnavailableException">The service is not reached, or refuses.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> access)
    {
        try { return await access().ConfigureAwait(false); }
        catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException || (e is AggregateException && e.InnerException is RequestFailedException))
        {
            var failed = e as RequestFailedException ?? e.InnerException as RequestFailedException;
            throw new StoreUnavailableException($"Azure Storage can't be used: {(failed is { Status: > 0 } ? $"{failed.Status} {failed.ErrorCode}" : "it is not reached, or the identity is refused")}", e);
        }
    }
}
