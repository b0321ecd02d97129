using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Turns a run into the container group that carries it out.</summary>
/// <remarks>
/// Kept by every group: no identity, no public address, a subnet, an image by digest, limits, no restart, no probe, no log shipping, no volume that outlives
/// it, a resolver that answers nothing. The only secret in it may be the address of the job, which only the init container sees.
/// </remarks>
internal sealed class PlanTranslator(ContainerInstancesSettings settings)
{
    /// <summary>Name of the container that runs the job.</summary>
    public const string Container = "run";

    /// <summary>The runner in the image.</summary>
    public const string Program = "/opt/codex-security/codex-security";

    /// <summary>Folders inside: the job's parts in the secret volume, and where the init container puts a large one. Both lie below a folder of root's own.</summary>
    public const string JobFolder = "/mnt/job", FetchedFolder = "/mnt/input", ConfigFolder = "/mnt/configmap";

    /// <summary>What the runner and its runtime need on top of the job's own memory.</summary>
    private const long RunnerMemory = 768L << 20;

    // Part of a secret volume; each is one file of the volume.
    private const int PartSize = 192 * 1024;

    /// <summary>A name that is the same for the same run, region and attempt.</summary>
    public static string NameOf(string run, string location, int attempt)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{location}\n{attempt.ToString(CultureInfo.InvariantCulture)}"));
        return "cs-" + Convert.ToHexStringLower(hash.AsSpan(0, 14));
    }

    /// <summary>The group of one attempt.</summary>
    public GroupPlan Translate(JobTicket ticket, ContainerPlace place, int attempt, DateTimeOffset expires, PullSecret? pull)
    {
        string subnet = place.SubnetOf(ticket.Kind)!;
        var container = Describe(ticket.Limits, [Program, "sandbox-runner"], ticket.Address is null ? ("job", JobFolder) : ("input", FetchedFolder), readOnly: true);
        var properties = new JsonObject
        {
            ["sku"] = "Standard",
            ["osType"] = "Linux",
            ["restartPolicy"] = "Never",
            ["containers"] = new JsonArray(new JsonObject { ["name"] = Container, ["properties"] = container }),
            ["subnetIds"] = new JsonArray(new JsonObject { ["id"] = subnet }),
        };
        if (ticket.Kind != GroupKind.SetUp)
        {
            // Nothing listens there: no name resolves, neither through the platform's resolver nor through another.
            properties["dnsConfig"] = new JsonObject { ["nameServers"] = new JsonArray("127.0.0.1") };
        }

        if (ticket.Address is { } address)
        {
            properties["volumes"] = new JsonArray(new JsonObject { ["name"] = "input", ["emptyDir"] = new JsonObject() });
            properties["initContainers"] = new JsonArray(new JsonObject { ["name"] = "fetch", ["properties"] = Fetch(ticket, address) });
        }
        else
        {
            properties["volumes"] = new JsonArray(new JsonObject { ["name"] = "job", ["secret"] = Parts(ticket.Small!.Value) });
        }

        if (pull is not null)
        {
            properties["imageRegistryCredentials"] = new JsonArray(new JsonObject { ["server"] = pull.Server, ["username"] = pull.User, ["password"] = pull.Password });
        }

        return new GroupPlan(NameOf(ticket.Run, place.Location, attempt), place.Location, GroupTags.For(ticket.Run, expires), BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(properties)));
    }

    /// <summary>A group out of a standby pool: everything comes from its profile but the job.</summary>
    public GroupPlan FromPool(JobTicket ticket, ContainerPlace place, DateTimeOffset expires)
    {
        var properties = new JsonObject
        {
            ["standbyPoolProfile"] = new JsonObject { ["id"] = settings.StandbyPool, ["failContainerGroupCreateOnReuseFailure"] = true },
            ["containerGroupProfile"] = new JsonObject { ["id"] = settings.StandbyProfile },
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = Container,
                ["properties"] = new JsonObject { ["configMap"] = new JsonObject { ["keyValuePairs"] = Parts(ticket.Small!.Value) } },
            }),
        };
        return new GroupPlan(NameOf(ticket.Run, place.Location, -1), place.Location, GroupTags.For(ticket.Run, expires), BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(properties)), true);
    }

    private JsonObject Describe(SandboxLimits limits, string[] command, (string Name, string Path) volume, bool readOnly)
    {
        // In steps of 0.1 GB. One processor: a run's CPU time is a measure.
        double memory = Math.Ceiling((limits.MemoryBytes + RunnerMemory) / 1e8) / 10;
        var size = () => new JsonObject { ["cpu"] = 1.0, ["memoryInGB"] = Math.Clamp(memory, 1, 16) };
        return new JsonObject
        {
            ["image"] = settings.Image,
            ["command"] = new JsonArray([.. command.Select(part => JsonValue.Create(part))]),
            ["environmentVariables"] = new JsonArray(Variable("CODEX_SECURITY_RUNNER", "container"), Variable("DOTNET_gcServer", "0"), Variable("DOTNET_EnableDiagnostics", "0")),
            ["resources"] = new JsonObject { ["requests"] = size(), ["limits"] = size() },
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = volume.Name, ["mountPath"] = volume.Path, ["readOnly"] = readOnly }),
        };
    }

    private JsonObject Fetch(JobTicket ticket, Uri address)
    {
        var container = Describe(SandboxLimits.Default with { MemoryBytes = 0 }, [Program, "sandbox-runner", "--fetch"], ("input", FetchedFolder), readOnly: false);
        container.Remove("resources"); // init containers share the group's
        container["environmentVariables"]!.AsArray().Add(new JsonObject { ["name"] = "CODEX_SECURITY_RUNNER_ADDRESS", ["secureValue"] = address.AbsoluteUri });
        container["environmentVariables"]!.AsArray().Add(Variable("CODEX_SECURITY_RUNNER_DIGEST", ticket.Digest));
        // By address, since no name resolves in the group.
        container["environmentVariables"]!.AsArray().Add(Variable("CODEX_SECURITY_RUNNER_ENDPOINT", settings.InputEndpoint));
        return container;
    }

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private static JsonObject Parts(ReadOnlyMemory<byte> job)
    {
        var parts = new JsonObject();
        for (int at = 0, number = 0; at < job.Length; at += PartSize, number++)
        {
            parts[string.Create(CultureInfo.InvariantCulture, $"part-{number:D4}")] = Convert.ToBase64String(job.Slice(at, Math.Min(PartSize, job.Length - at)).Span);
        }

        // Last in name and in what it says: a reader knows by it how many parts there are.
        parts["parts"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(parts.Count.ToString(CultureInfo.InvariantCulture)));
        return parts;
    }
}
