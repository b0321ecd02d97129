using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Tests.Infra;

/// <summary>What the compiled templates have to keep to. Each rule says what is wrong and where.</summary>
internal static partial class TemplateRules
{
    // Who may do what: built-in roles by the module that assigns them.
    private static readonly Dictionary<string, string[]> Roles = new()
    {
        ["monitoring"] = ["3913510d-42f4-4e42-8a64-420c390055eb"], // Monitoring Metrics Publisher
        ["storage"] = ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "974c5e8b-45b9-4653-ba55-5f855dd0fb88", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"], // blob owner, queue and table contributor
        ["vault"] = ["4633458b-17de-408a-b874-0445c86b69e6", "12338af0-0e69-4776-bea7-57ae8d297424"], // secrets user, crypto user
        ["registry"] = ["7f951dda-4ed3-4680-a7ca-43fe172d538d"], // AcrPull
    };

    private static readonly string[] Actions =
    [
        "Microsoft.ContainerInstance/containerGroups/containers/logs/read", "Microsoft.ContainerInstance/containerGroups/delete", "Microsoft.ContainerInstance/containerGroups/read",
        "Microsoft.ContainerInstance/containerGroups/write", "Microsoft.Network/virtualNetworks/subnets/join/action",
    ];

    public static List<string> Problems(JsonNode main)
    {
        var problems = new List<string>();
        void Want(bool holds, string what) { if (!holds) problems.Add(what); }
        bool Is(JsonNode? node, string path, string value) => path.Split('.').Aggregate(node, (n, p) => n is JsonObject o ? o[p] : null)?.ToJsonString() == value;
        foreach (var (module, r) in Resources(main, "main"))
        {
            var type = r["type"]!.GetValue<string>();
            var p = r["properties"];
            switch (type)
            {
                case "Microsoft.Storage/storageAccounts":
                    Want(Is(p, "allowSharedKeyAccess", "false"), "storage: shared keys are on");
                    Want(Is(p, "allowBlobPublicAccess", "false"), "storage: blobs may be public");
                    Want(Is(p, "publicNetworkAccess", "\"Disabled\"") && Is(p, "networkAcls.defaultAction", "\"Deny\""), "storage: reached from the internet");
                    Want(Is(p, "minimumTlsVersion", "\"TLS1_2\"") && Is(p, "supportsHttpsTrafficOnly", "true"), "storage: old TLS, or none");
                    break;
                case "Microsoft.Storage/storageAccounts/blobServices/containers":
                    Want(Is(p, "publicAccess", "\"None\""), "storage: a container is public");
                    break;
                case "Microsoft.KeyVault/vaults":
                    Want(Is(p, "enableRbacAuthorization", "true") && Is(p, "enablePurgeProtection", "true") && Is(p, "publicNetworkAccess", "\"Disabled\""), "vault: not closed");
                    break;
                case "Microsoft.ContainerRegistry/registries":
                    Want(Is(p, "adminUserEnabled", "false"), "registry: the admin user is on");
                    break;
                case "Microsoft.Web/sites":
                    Want(Is(p, "httpsOnly", "true") && Is(p, "siteConfig.minTlsVersion", "\"1.2\"") && Is(p, "siteConfig.ftpsState", "\"Disabled\""), "app: plain HTTP, old TLS or FTP");
                    Want(p!["virtualNetworkSubnetId"] is not null, "app: outside the network");
                    break;
                case "Microsoft.Web/sites/basicPublishingCredentialsPolicies":
                    Want(Is(p, "allow", "false"), "app: publishing by password");
                    break;
                case "Microsoft.Insights/components":
                    Want(Is(p, "DisableLocalAuth", "true"), "monitoring: keys are on");
                    break;
                case "Microsoft.Network/networkSecurityGroups":
                    problems.AddRange(Rules(r));
                    break;
                case "Microsoft.Authorization/roleDefinitions":
                    var actions = p!["permissions"]!.AsArray().SelectMany(x => x!["actions"]!.AsArray()).Select(a => a!.GetValue<string>()).ToList();
                    Want(actions.All(Actions.Contains) && p["permissions"]!.AsArray().All(x => x!["dataActions"] is null), "role: " + string.Join(", ", actions.Except(Actions)));
                    break;
                case "Microsoft.Authorization/roleAssignments":
                    Want(p!["principalType"]!.GetValue<string>() == "ServicePrincipal", module + ": a role for a person");
                    break;
            }
            if (type.StartsWith("Microsoft.ContainerInstance/", StringComparison.Ordinal) || type.StartsWith("Microsoft.StandbyPool/", StringComparison.Ordinal))
            {
                Want(r["identity"] is null && !r.ToJsonString().Contains("userAssignedIdentities", StringComparison.Ordinal), "sandbox: a container group has an identity");
                Want(!r.ToJsonString().Contains("ipAddress", StringComparison.Ordinal), "sandbox: a container group has an address");
                if (type.EndsWith("Profiles", StringComparison.Ordinal)) Want(Is(p, "restartPolicy", "\"Never\""), "sandbox: a container group starts again");
            }
        }
        foreach (var (module, template) in Templates(main, "main"))
        {
            var granted = Guids().Matches(template["variables"]?.ToJsonString() ?? "").Select(m => m.Value).Order(StringComparer.Ordinal);
            Want(granted.SequenceEqual(Roles.GetValueOrDefault(module, []).Order(StringComparer.Ordinal)), $"{module}: roles that are not on the list: {string.Join(", ", granted.Except(Roles.GetValueOrDefault(module, [])))}");
            foreach (var (name, parameter) in template["parameters"]?.AsObject() ?? [])
                Want(!Secret().IsMatch(name) || parameter!["type"]!.GetValue<string>().StartsWith("secure", StringComparison.Ordinal), $"{module}: {name} is a plain parameter");
            foreach (var (name, output) in template["outputs"]?.AsObject() ?? [])
                Want(!Secret().IsMatch(name) && !SecretCall().IsMatch(output!.ToJsonString()), $"{module}: {name} gives a secret away");
            Want(!SecretCall().IsMatch(template.ToJsonString()), module + ": a key is read");
        }
        var settings = main.ToJsonString();
        foreach (var name in (string[])["CODEX_SECURITY_WEBHOOK_SECRETS", "CODEX_SECURITY_TOKEN"]) Want(settings.Contains($"\"{name}\":", StringComparison.Ordinal) && settings.Contains("@Microsoft.KeyVault(SecretUri=", StringComparison.Ordinal), name + " does not come from the vault");
        return [.. problems.Distinct()];
    }

    // Of "run" nothing leaves; of "input" one address is reached; of "setup" addresses that are named.
    private static IEnumerable<string> Rules(JsonNode group)
    {
        var name = group["name"]!.GetValue<string>();
        var text = group["properties"]!["securityRules"]!.ToJsonString();
        var (run, input) = (name.Contains("nsg-run", StringComparison.Ordinal), name.Contains("nsg-input", StringComparison.Ordinal));
        if (!text.Contains("nothingIn", StringComparison.Ordinal)) yield return name + ": open from outside";
        if ((run || input || name.Contains("nsg-setup", StringComparison.Ordinal)) && !(text.Contains("nothingOut", StringComparison.Ordinal) && text.Contains("noPlatform", StringComparison.Ordinal))) yield return name + ": open to the outside";
        if (run && (text.Contains("Allow", StringComparison.Ordinal) || text.Contains("variables('to", StringComparison.Ordinal))) yield return name + ": something is allowed";
        if (input && (text.Contains("Allow", StringComparison.Ordinal) || text.Contains("toRegistry", StringComparison.Ordinal))) yield return name + ": more than the blobs is allowed";
    }

    private static IEnumerable<(string Module, JsonNode Resource)> Resources(JsonNode template, string module) => Templates(template, module).SelectMany(t =>
        (t.Template["resources"] is JsonObject named ? named.Select(r => r.Value!) : t.Template["resources"]!.AsArray().Select(r => r!)).Select(r => (t.Module, r)));

    private static IEnumerable<(string Module, JsonNode Template)> Templates(JsonNode template, string module)
    {
        yield return (module, template);
        foreach (var r in template["resources"] is JsonObject named ? named.Select(n => n.Value!) : template["resources"]!.AsArray().Select(n => n!))
        {
            if (r["type"]!.GetValue<string>() != "Microsoft.Resources/deployments") continue;
            foreach (var inner in Templates(r["properties"]!["template"]!, r["name"]!.GetValue<string>())) yield return inner;
        }
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.CultureInvariant)] private static partial Regex Guids();
    [GeneratedRegex("secret|password|token$|apikey", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)] private static partial Regex Secret();
    [GeneratedRegex(@"listKeys|listSecrets|listCredentials|listAccountSas|list\(", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)] private static partial Regex SecretCall();
}
