using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>A container group as it is asked for.</summary>
/// <param name="Name">Follows from the run, the region and the attempt: a group whose creation was asked for but never answered is found again by it.</param>
/// <param name="Location">Region.</param>
/// <param name="Tags">Tags.</param>
/// <param name="Properties">The resource's <c>properties</c> as JSON.</param>
/// <param name="FromPool">Whether it comes out of a standby pool.</param>
internal sealed record GroupPlan(string Name, string Location, IReadOnlyDictionary<string, string> Tags, BinaryData Properties, bool FromPool = false);

/// <summary>What a group of ours carries.</summary>
internal static class GroupTags
{
    /// <summary>The run's id. Whatever lacks it is not ours and is never touched.</summary>
    public const string Run = "codex-security-run";

    /// <summary>When the group may be removed by anybody: seconds since 1970, UTC.</summary>
    public const string Expires = "codex-security-expires";

    public static IReadOnlyDictionary<string, string> For(string run, DateTimeOffset expires) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Run] = run, [Expires] = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>When a group expires; null where it is not ours. One of ours without a readable time has expired.</summary>
    public static DateTimeOffset? ExpiryOf(IReadOnlyDictionary<string, string> tags) =>
        !tags.ContainsKey(Run) ? null
        : long.TryParse(tags.GetValueOrDefault(Expires), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.UnixEpoch;
}
