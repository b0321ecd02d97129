using System.Collections.Immutable;
using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Reads <see cref="ContainerInstancesSettings"/> from variables.</summary>
public static class EnvironmentSettings
{
    private const string Prefix = "CODEX_SECURITY_ACI_";

    /// <summary>
    /// The settings, or null where Container Instances are not configured. A subnet is one resource id (it then belongs to the first location) or pairs
    /// <c>location=id</c> separated by semicolons. Locations are separated by commas, in the order in which they are tried.
    /// </summary>
    /// <exception cref="ArgumentException">They are unusable; says why.</exception>
    public static ContainerInstancesSettings? Read(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string Value(string name) => variable(Prefix + name)?.Trim() ?? "";
        if (Value("RESOURCE_GROUP").Length == 0 && Value("IMAGE").Length == 0)
        {
            return null;
        }

        string[] locations = Value("LOCATIONS").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var (run, setup, input) = (Subnets(Value("RUN_SUBNET"), locations), Subnets(Value("SETUP_SUBNET"), locations), Subnets(Value("INPUT_SUBNET"), locations));
        var settings = new ContainerInstancesSettings
        {
            Subscription = Value("SUBSCRIPTION"),
            ResourceGroup = Value("RESOURCE_GROUP"),
            Image = Value("IMAGE"),
            PullIdentity = Value("PULL_IDENTITY"),
            InputEndpoint = Value("INPUT_ENDPOINT"),
            NpmRegistry = Value("NPM_REGISTRY"),
            StandbyPool = Value("STANDBY_POOL"),
            StandbyProfile = Value("STANDBY_PROFILE"),
            MostGroups = int.TryParse(Value("MOST_GROUPS"), NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most is >= 1 and <= 1000 ? most : 20,
            Places = [.. locations.Select(l => new ContainerPlace(l, run.GetValueOrDefault(l), setup.GetValueOrDefault(l), input.GetValueOrDefault(l)))],
        };
        return settings.Problem() is { } problem ? throw new ArgumentException("Container Instances: " + problem) : settings;
    }

    private static Dictionary<string, string> Subnets(string text, string[] locations)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string? location = equals > 0 ? part[..equals].Trim() : locations.FirstOrDefault();
            if (location is not null)
            {
                found[location] = part[(equals + 1)..].Trim();
            }
        }

        return found;
    }
}
