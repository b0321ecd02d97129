using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>A region to run in, with the subnets that it has there. A subnet lies in one region, so each region needs its own.</summary>
/// <param name="Location">Azure's short name, for example <c>westeurope</c>.</param>
/// <param name="RunSubnet">Resource id of the subnet without any way out, or null where nothing may run here.</param>
/// <param name="SetupSubnet">Resource id of the subnet for set-up (package registries only), or null.</param>
/// <param name="InputSubnet">Resource id of the subnet that reaches nothing but the storage's private endpoint, or null.</param>
public sealed record ContainerPlace(string Location, string? RunSubnet, string? SetupSubnet = null, string? InputSubnet = null)
{
    internal string? SubnetOf(GroupKind kind) => kind switch { GroupKind.SetUp => SetupSubnet, GroupKind.Fetched => InputSubnet, _ => RunSubnet };
}

/// <summary>What a group is for; each kind has a subnet of its own.</summary>
internal enum GroupKind
{
    /// <summary>A run whose job comes in the secret volume; nothing is reached.</summary>
    Run,

    /// <summary>A run whose job is fetched first; nothing is reached but the storage's private endpoint, for which the payload has no key.</summary>
    Fetched,

    /// <summary>The installation of dependencies; package registries and the storage's private endpoint are reached.</summary>
    SetUp,
}

/// <summary>Where and how container groups are made. Nothing in it is secret.</summary>
public sealed partial record ContainerInstancesSettings
{
    /// <summary>Subscription id.</summary>
    public required string Subscription { get; init; }

    /// <summary>Name of the resource group that holds nothing but container groups of runs.</summary>
    public required string ResourceGroup { get; init; }

    /// <summary>The validator image with its digest, <c>registry/name@sha256:…</c>. A tag can be moved, so a tag alone is refused.</summary>
    public required string Image { get; init; }

    /// <summary>Regions in the order in which they are tried.</summary>
    public required ImmutableArray<ContainerPlace> Places { get; init; }

    /// <summary>Client id of the identity of this host that may pull the image; "" where the image is public. The container group never has an identity.</summary>
    public string PullIdentity { get; init; } = "";

    /// <summary>Most container groups of this process at a time. The default quota of a subscription and region is 100.</summary>
    public int MostGroups { get; init; } = 20;

    /// <summary>Most creations an hour. The platform allows about 300 a subscription and region.</summary>
    public int MostCreationsAnHour { get; init; } = 250;

    /// <summary>Largest job, in bytes as packed, that goes into the secret volume. The request that creates a group is limited to 4 MiB, base64 included.</summary>
    public int MostSecretBytes { get; init; } = 1 << 20;

    /// <summary>IP address of the storage's private endpoint, "" where there is none: the way in for a job that is too large for the secret volume.</summary>
    public string InputEndpoint { get; init; } = "";

    /// <summary>Largest job at all, in bytes before packing.</summary>
    public long MostJobBytes { get; init; } = 768L << 20;

    /// <summary>How long a run waits for a place among the groups of this process. A queue is no failure: a run that ends here was not attempted.</summary>
    public TimeSpan MostQueue { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a group may take from the request until the runner has started.</summary>
    public TimeSpan MostStart { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a group may take from the end of the run's own time limit until the evidence is read.</summary>
    public TimeSpan MostReading { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a deletion is followed up. What is left then is the sweeper's.</summary>
    public TimeSpan MostDeleting { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time between two looks at a group.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Resource id of a standby pool, "" for none. Its groups have to be made by the profile.</summary>
    public string StandbyPool { get; init; } = "";

    /// <summary>Resource id of the container group profile of the standby pool.</summary>
    public string StandbyProfile { get; init; } = "";

    /// <summary>Package registry that set-up asks, "" for npm's own default.</summary>
    public string NpmRegistry { get; init; } = "";

    /// <summary>Api version of container groups.</summary>
    public string ApiVersion { get; init; } = "2025-09-01";

    /// <summary>What makes these settings unusable, or null.</summary>
    public string? Problem() =>
        !Guid.TryParse(Subscription, out _) ? "the subscription is no id"
        : !GroupName().IsMatch(ResourceGroup) ? "the resource group is no name of one"
        : !PinnedImage().IsMatch(Image) ? $"the image \"{Image}\" is not pinned by its digest (name@sha256:…)"
        : Places.IsDefaultOrEmpty ? "no location is given"
        : Places.FirstOrDefault(place => !Location().IsMatch(place.Location)) is { } odd ? $"\"{odd.Location}\" is no location"
        : Places.FirstOrDefault(place => place.RunSubnet is null) is { } bare ? $"{bare.Location} has no subnet for runs"
        : Subnets().FirstOrDefault(id => !Subnet().IsMatch(id)) is { } wrong ? $"\"{wrong}\" is no resource id of a subnet"
        : Places.FirstOrDefault(place => place.RunSubnet == place.SetupSubnet || place.RunSubnet == place.InputSubnet) is { } shared ? $"{shared.Location} uses its subnet for runs for something else, too"
        : MostSecretBytes is < 1024 or > 2 << 20 ? "the secret volume holds from 1 KiB to 2 MiB"
        : InputEndpoint.Length > 0 && !System.Net.IPAddress.TryParse(InputEndpoint, out _) ? "the private endpoint is no IP address"
        : StandbyPool.Length > 0 && StandbyProfile.Length == 0 ? "a standby pool needs its container group profile"
        : null;

    private IEnumerable<string> Subnets() => Places.SelectMany(place => new[] { place.RunSubnet, place.SetupSubnet, place.InputSubnet }).OfType<string>();

    [GeneratedRegex("^[a-z0-9.-]+(?::[0-9]+)?/[a-z0-9._/-]+(?::[A-Za-z0-9._-]+)?@sha256:[0-9a-f]{64}$")]
    private static partial Regex PinnedImage();

    [GeneratedRegex("^[a-z0-9]{3,40}$")]
    private static partial Regex Location();

    [GeneratedRegex(@"^[\w().-]{1,90}$")]
    private static partial Regex GroupName();

    [GeneratedRegex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.Network/virtualNetworks/[^/]+/subnets/[^/]+$", RegexOptions.IgnoreCase)]
    private static partial Regex Subnet();
}
