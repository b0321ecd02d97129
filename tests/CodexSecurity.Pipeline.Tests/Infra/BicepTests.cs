using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace CodexSecurity.Pipeline.Tests.Infra;

/// <summary>The templates of infra/, compiled, keep to their rules, and each rule can fail.</summary>
public sealed class BicepTests
{
    private static readonly string Infra = Path.Combine(Root(), "infra");

    private static readonly Lazy<Task<string>> Compiled = new(() => CompileAsync(Path.Combine(Infra, "main.bicep")));

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "CodexSecurity.Functions.sln"))) at = Path.GetDirectoryName(at)!;
        return at;
    }

    private static async Task<string> CompileAsync(string file)
    {
        var program = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Bicep").Value!;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the Bicep CLI that is restored is Linux's");
        if (OperatingSystem.IsLinux() && !File.GetUnixFileMode(program).HasFlag(UnixFileMode.UserExecute)) File.SetUnixFileMode(program, File.GetUnixFileMode(program) | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo(program, ["build", file, "--stdout"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var bicep = Process.Start(start)!;
        var (output, error) = (bicep.StandardOutput.ReadToEndAsync(), bicep.StandardError.ReadToEndAsync());
        await bicep.WaitForExitAsync(TestContext.Current.CancellationToken);
        // A warning too is a fault of the template.
        Assert.Equal("", await error);
        return await output;
    }

    [Fact]
    public async Task The_templates_compile_without_a_warning_and_keep_to_the_rules()
    {
        Assert.Empty(TemplateRules.Problems(JsonNode.Parse(await Compiled.Value)!));
        // Every template is a part of what was compiled.
        var main = await File.ReadAllTextAsync(Path.Combine(Infra, "main.bicep"), TestContext.Current.CancellationToken);
        Assert.All(Directory.EnumerateFiles(Infra, "*.bicep", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Infra, f)).Where(f => f != "main.bicep"), f => Assert.Contains($"'{f}'", main, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_rule_can_fail()
    {
        var compiled = await Compiled.Value;
        (string From, string To, string Problem)[] faults =
        [
            ("\"allowSharedKeyAccess\": false", "\"allowSharedKeyAccess\": true", "shared keys are on"),
            ("\"allowBlobPublicAccess\": false", "\"allowBlobPublicAccess\": true", "blobs may be public"),
            ("\"publicNetworkAccess\": \"Disabled\"", "\"publicNetworkAccess\": \"Enabled\"", "reached from the internet"),
            ("\"minimumTlsVersion\": \"TLS1_2\"", "\"minimumTlsVersion\": \"TLS1_0\"", "old TLS"),
            ("\"publicAccess\": \"None\"", "\"publicAccess\": \"Blob\"", "a container is public"),
            ("\"enablePurgeProtection\": true", "\"enablePurgeProtection\": false", "vault: not closed"),
            ("\"adminUserEnabled\": false", "\"adminUserEnabled\": true", "admin user is on"),
            ("\"httpsOnly\": true", "\"httpsOnly\": false", "plain HTTP"),
            ("\"allow\": false", "\"allow\": true", "publishing by password"),
            ("\"DisableLocalAuth\": true", "\"DisableLocalAuth\": false", "keys are on"),
            ("[concat(variables('noPlatform'), createArray(variables('nothingIn'), variables('nothingOut')))]", "[createArray(variables('toRegistry'), variables('nothingIn'))]", "nsg-run"),
            ("createArray(variables('toBlobs'), variables('nothingIn'), variables('nothingOut')))]", "createArray(variables('toRegistry'), variables('nothingIn'), variables('nothingOut')))]", "more than the blobs"),
            ("\"Microsoft.ContainerInstance/containerGroups/write\"", "\"Microsoft.ContainerInstance/*\"", "role:"),
            ("\"principalType\": \"ServicePrincipal\"", "\"principalType\": \"User\"", "a role for a person"),
            ("7f951dda-4ed3-4680-a7ca-43fe172d538d", "8311e382-0749-4cb8-b61a-304f252e45ec", "registry: roles"),
            ("\"restartPolicy\": \"Never\"", "\"restartPolicy\": \"Always\"", "starts again"),
            ("\"sku\": \"Standard\",", "\"sku\": \"Standard\", \"userAssignedIdentities\": {},", "has an identity"),
            ("\"CODEX_SECURITY_TOKEN\":", "\"CODEX_SECURITY_PLAIN\":", "does not come from the vault"),
            ("\"gitHubAppId\": {", "\"gitHubSecret\": {", "is a plain parameter"),
            ("reference(resourceId('Microsoft.ContainerRegistry/registries'", "listCredentials(resourceId('Microsoft.ContainerRegistry/registries'", "a key is read"),
        ];
        foreach (var (from, to, problem) in faults)
        {
            Assert.Contains(from, compiled, StringComparison.Ordinal);
            Assert.Contains(TemplateRules.Problems(JsonNode.Parse(compiled.Replace(from, to, StringComparison.Ordinal))!), p => p.Contains(problem, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_app_permits_no_more_than_it_needs()
    {
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Infra, "github-app", "manifest.json"), TestContext.Current.CancellationToken))!;
        var permissions = manifest["default_permissions"]!.AsObject().Select(p => $"{p.Key}:{p.Value}").Order(StringComparer.Ordinal);
        Assert.Equal(["checks:write", "contents:read", "metadata:read", "pull_requests:write", "security_events:write"], permissions);
    }
}
