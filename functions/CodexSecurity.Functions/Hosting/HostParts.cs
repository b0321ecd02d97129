using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.GitHub;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Functions.Hosting;

/// <summary>Handles a request of the API.</summary>
public delegate Task<ApiReply> ApiHandler(ApiRequest request, CancellationToken ct);

/// <summary>What this host runs.</summary>
/// <param name="Flows">Steps and flows.</param>
/// <param name="Api">The shared handlers over a flow runtime, which exists for one invocation at a time; null where none are composed: the host then says so and serves nothing.</param>
public sealed record HostParts(FlowRegistry Flows, Func<IFlowRuntime, ApiHandler>? Api)
{
    /// <summary>What is done by the clock, over a flow runtime; null where nothing is composed.</summary>
    public Func<IFlowRuntime, Maintenance>? Upkeep { get; init; }

    /// <summary>Finds what no delivery told of, over a flow runtime; null where nothing is composed.</summary>
    public Func<IFlowRuntime, Reconciliation>? Reconciliation { get; init; }

    /// <summary>Removes scans that are too old, and goes on with the repair of the index; null where nothing is composed.</summary>
    public Func<DateTimeOffset, CancellationToken, Task>? Tidy { get; init; }

    /// <summary>Removes sandboxes that outlived their run; gives how many.</summary>
    public Func<CancellationToken, Task<int>> Sweep { get; init; } = _ => Task.FromResult(0);

    /// <summary>Composes them from the settings. Without stores nothing is composed, and every request is refused.</summary>
    /// <exception cref="ArgumentException">The settings of the stores, of the GitHub apps or of the retention are wrong.</exception>
    /// <exception cref="Pipeline.Ports.Storage.StoreUnavailableException">The stores are not reached: the platform starts the host again.</exception>
    public static async Task<HostParts> ComposeAsync(HostSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (AzureStorageSettings.Of(settings.Value) is not { } storage) return new HostParts(new FlowRegistry(), null);
        var stores = await AzureStores.OpenAsync(storage, ct).ConfigureAwait(false);
        var sandboxes = await SandboxSet.CreateAsync(ct).ConfigureAwait(false);
        var github = GitHubParts.From(settings.Value);
        var services = new ScanServices(new GitSnapshotSource(github.Credentials), stores.Artifacts, stores.Scans, sandboxes.Sandbox, sandboxes.Dependencies,
            OperatingSystem.IsLinux() ? new DiskWorkspaces() : throw new PlatformNotSupportedException("this host runs on Linux"), new RandomNonceSource()) { PullRequests = github.PullRequests };
        var api = new ApiSettings(settings.Value("CODEX_SECURITY_WEBHOOK_SECRETS").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), LocalPaths: false, PullRequests: github.OpensPullRequests);
        var (retention, index) = (new Retention(stores.Scans, stores.Artifacts, Retention.Of(settings.Value(Retention.Setting))), new IndexUpkeep(stores.Scans, stores.Artifacts));
        ScanControl Control(IFlowRuntime flows) => new(flows, stores.Scans, stores.Artifacts);
        return new HostParts(ScanRegistry.Create(services), flows => new ApiRouter(stores.Scans, stores.Artifacts, Control(flows), api).HandleAsync)
        {
            Upkeep = flows => new Maintenance(stores.Scans, stores.Artifacts, Control(flows)),
            Reconciliation = flows => new Reconciliation(stores.Scans, stores.Artifacts, Control(flows), services.Source, github.Deliveries),
            Tidy = async (now, stop) =>
            {
                await retention.TickAsync(now, stop).ConfigureAwait(false);
                await index.TickAsync(now, stop).ConfigureAwait(false);
            },
            Sweep = async stop => (await sandboxes.SweepAsync(stop).ConfigureAwait(false)).Removed,
        };
    }
}
