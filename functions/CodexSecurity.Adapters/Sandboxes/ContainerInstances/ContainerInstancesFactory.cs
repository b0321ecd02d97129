using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Builds the driver from the process's settings and identities.</summary>
public static class ContainerInstancesFactory
{
    /// <summary>The value of <see cref="SandboxSet.Variable"/> that asks for this driver.</summary>
    public const string Name = "container-instances";

    /// <summary>The driver and the set-up of dependencies on it.</summary>
    /// <exception cref="ArgumentException">It is not configured, or wrongly; says why.</exception>
    public static SandboxSet Create(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var settings = EnvironmentSettings.Read(variable) ?? throw new ArgumentException("Container Instances are not configured (CODEX_SECURITY_ACI_…)");
        TokenCredential credential = new DefaultAzureCredential();
        TokenCredential? pull = settings.PullIdentity.Length > 0 ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(settings.PullIdentity)) : null;
        var store = settings.InputEndpoint.Length > 0 && Uri.TryCreate(variable("CODEX_SECURITY_STORAGE_BLOB_ENDPOINT"), UriKind.Absolute, out var blobs)
            ? new BlobJobStore(new BlobServiceClient(blobs, credential), TimeProvider.System) : null;
        var sandbox = new ContainerInstancesSandbox(settings, credential, store, pull, TimeProvider.System);
        return new SandboxSet(sandbox, sandbox.CanSetUp ? new ContainerDependencySetup(sandbox, settings)
            : new UnavailableSetup("container groups install no dependencies without CODEX_SECURITY_ACI_SETUP_SUBNET, CODEX_SECURITY_ACI_INPUT_ENDPOINT and CODEX_SECURITY_STORAGE_BLOB_ENDPOINT"));
    }
}
