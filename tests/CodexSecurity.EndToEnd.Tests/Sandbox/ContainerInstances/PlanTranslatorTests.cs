using System.Text.Json.Nodes;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>What a container group is asked to be, and which settings are refused.</summary>
public sealed class PlanTranslatorTests
{
    private static readonly PlanTranslator s_translator = new(Cloud.Settings with { InputEndpoint = "10.1.2.3" });
    private static readonly ContainerPlace s_place = Cloud.Settings.Places[0];
    private static readonly DateTimeOffset s_expires = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly JobTicket s_small = new(GroupKind.Run, new string('a', 32), SandboxLimits.Default, new string('0', 64), new byte[400_000], null);
    private static readonly JobTicket s_large = s_small with { Kind = GroupKind.Fetched, Small = null, Address = new Uri("https://storage.example/jobs/x?sig=secret") };

    private static JsonObject Properties(GroupPlan plan) => JsonNode.Parse(plan.Properties)!.AsObject();

    [Fact]
    public void A_group_has_no_identity_no_address_limits_a_pinned_image_and_the_closed_subnet()
    {
        var plan = s_translator.Translate(s_small, s_place, 0, s_expires, null);
        var group = Properties(plan);
        Assert.Equal(["sku", "osType", "restartPolicy", "containers", "subnetIds", "dnsConfig", "volumes"], group.Select(member => member.Key));
        Assert.Equal("Never", (string)group["restartPolicy"]!);
        Assert.Equal(s_place.RunSubnet, (string)Assert.Single(group["subnetIds"]!.AsArray())!["id"]!);
        Assert.Equal("127.0.0.1", (string)Assert.Single(group["dnsConfig"]!["nameServers"]!.AsArray())!);
        var container = Assert.Single(group["containers"]!.AsArray())!["properties"]!;
        Assert.Equal(Cloud.Image, (string)container["image"]!);
        Assert.Equal(["/opt/codex-security/codex-security", "sandbox-runner"], container["command"]!.AsArray().Select(part => (string)part!));
        Assert.Null(container["ports"]);
        foreach (string size in (string[])["requests", "limits"])
        {
            Assert.Equal((1.0, 1.9), ((double)container["resources"]![size]!["cpu"]!, (double)container["resources"]![size]!["memoryInGB"]!));
        }

        Assert.True((bool)Assert.Single(container["volumeMounts"]!.AsArray())!["readOnly"]!);
        Assert.Equal((new string('a', 32), "1800000000"), (plan.Tags["codex-security-run"], plan.Tags["codex-security-expires"]));
        var parts = group["volumes"]![0]!["secret"]!.AsObject();
        Assert.Equal(["part-0000", "part-0001", "part-0002", "parts"], parts.Select(part => part.Key).Order(StringComparer.Ordinal));
        Assert.Equal("3"u8.ToArray(), Convert.FromBase64String((string)parts["parts"]!));
        Assert.Equal(400_000, parts.Where(part => part.Key != "parts").Sum(part => Convert.FromBase64String((string)part.Value!).Length));
    }

    [Fact]
    public void The_address_of_a_large_job_is_known_to_the_init_container_only()
    {
        var group = Properties(s_translator.Translate(s_large, s_place, 0, s_expires, null));
        Assert.Equal(s_place.InputSubnet, (string)group["subnetIds"]![0]!["id"]!);
        Assert.Equal("127.0.0.1", (string)group["dnsConfig"]!["nameServers"]![0]!);
        var init = Assert.Single(group["initContainers"]!.AsArray())!["properties"]!;
        var variables = init["environmentVariables"]!.AsArray().ToDictionary(v => (string)v!["name"]!, v => v!.AsObject());
        Assert.Equal("https://storage.example/jobs/x?sig=secret", (string)variables["CODEX_SECURITY_RUNNER_ADDRESS"]["secureValue"]!);
        Assert.Null(variables["CODEX_SECURITY_RUNNER_ADDRESS"]["value"]);
        Assert.Equal("10.1.2.3", (string)variables["CODEX_SECURITY_RUNNER_ENDPOINT"]["value"]!);
        group.Remove("initContainers");
        Assert.DoesNotContain("secret", group.ToJsonString(), StringComparison.Ordinal);
        Assert.True((bool)group["containers"]![0]!["properties"]!["volumeMounts"]![0]!["readOnly"]!);
    }

    [Fact]
    public void A_pull_secret_is_for_the_platform_only_and_shows_in_no_text()
    {
        var group = Properties(s_translator.Translate(s_small, s_place, 0, s_expires, new PullSecret("registry.example", "user", "hidden")));
        Assert.Equal("hidden", (string)Assert.Single(group["imageRegistryCredentials"]!.AsArray())!["password"]!);
        Assert.Null(group["imageRegistryCredentials"]![0]!["identity"]);
        Assert.DoesNotContain("hidden", group["containers"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", new PullSecret("registry.example", "user", "hidden").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sig", s_large.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_follows_from_run_region_and_attempt()
    {
        string name = PlanTranslator.NameOf("run", "westeurope", 0);
        Assert.Equal(name, PlanTranslator.NameOf("run", "westeurope", 0));
        Assert.Matches("^cs-[0-9a-f]{28}$", name);
        Assert.Equal(4, new[] { name, PlanTranslator.NameOf("run", "westeurope", 1), PlanTranslator.NameOf("run", "northeurope", 0), PlanTranslator.NameOf("other", "westeurope", 0) }.Distinct().Count());
    }

    [Theory]
    [InlineData("registry.example/validator:latest")]
    [InlineData("registry.example/validator")]
    [InlineData("registry.example/validator@sha256:0123")]
    [InlineData("registry.example/validator@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("validator@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("https://registry.example/validator@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void An_image_without_its_digest_is_refused(string image) =>
        Assert.Contains("not pinned", (Cloud.Settings with { Image = image }).Problem(), StringComparison.Ordinal);

    [Fact]
    public void Settings_come_from_variables()
    {
        var variables = new Dictionary<string, string>
        {
            ["SUBSCRIPTION"] = Cloud.Subscription, ["RESOURCE_GROUP"] = "runs", ["IMAGE"] = Cloud.Image, ["LOCATIONS"] = "westeurope, northeurope", ["PULL_IDENTITY"] = "id",
            ["RUN_SUBNET"] = $"westeurope={Cloud.Subnet("a")};northeurope={Cloud.Subnet("b")}", ["SETUP_SUBNET"] = Cloud.Subnet("c"),
        };
        ContainerInstancesSettings? Read() => EnvironmentSettings.Read(name => variables.GetValueOrDefault(name.Replace("CODEX_SECURITY_ACI_", "", StringComparison.Ordinal)));
        Assert.Equal([new ContainerPlace("westeurope", Cloud.Subnet("a"), Cloud.Subnet("c")), new ContainerPlace("northeurope", Cloud.Subnet("b"))], Read()!.Places);
        // A subnet lies in one region: one id alone is not taken for another region.
        variables["RUN_SUBNET"] = Cloud.Subnet("a");
        Assert.Contains("northeurope has no subnet", Assert.Throws<ArgumentException>(Read).Message, StringComparison.Ordinal);
        variables["LOCATIONS"] = "westeurope";
        Assert.Equal([new ContainerPlace("westeurope", Cloud.Subnet("a"), Cloud.Subnet("c"))], Read()!.Places);
        variables["SETUP_SUBNET"] = Cloud.Subnet("a");
        Assert.Contains("for something else", Assert.Throws<ArgumentException>(Read).Message, StringComparison.Ordinal);
        variables["IMAGE"] = "registry.example/validator:1";
        Assert.Contains("not pinned", Assert.Throws<ArgumentException>(Read).Message, StringComparison.Ordinal);
        variables.Clear();
        Assert.Null(Read());
    }
}
