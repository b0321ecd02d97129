using System.Collections.Immutable;
using System.Text.Json;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

/// <summary>What is known of a container group.</summary>
/// <param name="Name">Name.</param>
/// <param name="Provisioning">For example <c>Pending</c>, <c>Creating</c>, <c>Succeeded</c>, <c>Failed</c>, <c>Deleting</c>; "" for unknown.</param>
/// <param name="Container">State of the container that runs the job: <c>Waiting</c>, <c>Running</c>, <c>Terminated</c>; "" where there is none yet.</param>
/// <param name="Detail">What the platform says about it.</param>
/// <param name="Tags">Tags.</param>
/// <param name="HasIdentity">Whether it carries an identity.</param>
/// <param name="HasAddress">Whether it has an address of its own outside its subnet.</param>
/// <param name="Subnets">Resource ids of its subnets.</param>
/// <param name="Images">Images of all its containers.</param>
/// <param name="Restart">Restart policy.</param>
internal sealed record GroupState(
    string Name, string Provisioning, string Container, string Detail, IReadOnlyDictionary<string, string> Tags,
    bool HasIdentity, bool HasAddress, ImmutableArray<string> Subnets, ImmutableArray<string> Images, string Restart)
{
    /// <summary>Half-deleted or on its way out.</summary>
    public bool IsGoing => Provisioning.Equals("Deleting", StringComparison.OrdinalIgnoreCase);

    public bool HasFailed => Provisioning is "Failed" or "Unhealthy" or "Canceled";

    /// <summary>Why evidence of this group would be worth nothing; null where it stands as a run has to.</summary>
    public string? Breach(ImmutableArray<string> subnets, string image) =>
        HasIdentity ? "the group carries an identity"
        : HasAddress ? "the group has a public address"
        : Subnets.IsEmpty || Subnets.Any(id => !subnets.Contains(id, StringComparer.OrdinalIgnoreCase)) ? "the group does not lie in its subnet"
        : Images.IsEmpty || Images.Any(i => i != image) ? "the group runs another image"
        : Restart is not "Never" ? "the group would start again"
        : null;

    /// <summary>Reads a resource.</summary>
    public static GroupState Read(string name, JsonElement properties, IReadOnlyDictionary<string, string> tags, bool identity)
    {
        var containers = Items(properties, "containers").ToList();
        var all = containers.Concat(Items(properties, "initContainers")).Select(c => Member(c, "properties")).ToList();
        var view = containers.Where(c => Text(c, "name") == PlanTranslator.Container).Select(c => Member(Member(Member(c, "properties"), "instanceView"), "currentState")).FirstOrDefault();
        string events = string.Join("; ", Items(Member(properties, "instanceView"), "events").TakeLast(3).Select(e => $"{Text(e, "name")} {Text(e, "message")}"));
        return new GroupState(
            name, Text(properties, "provisioningState"), Text(view, "state"), $"{Text(view, "detailStatus")} {events}".Trim(), tags, identity,
            Member(properties, "ipAddress") is { ValueKind: JsonValueKind.Object } address && Text(address, "type") != "Private",
            [.. Items(properties, "subnetIds").Select(s => Text(s, "id"))], [.. all.Select(c => Text(c, "image"))], Text(properties, "restartPolicy"));
    }

    private static JsonElement Member(JsonElement at, string name) => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement at, string name) => Member(at, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static JsonElement.ArrayEnumerator Items(JsonElement at, string name) => Member(at, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
