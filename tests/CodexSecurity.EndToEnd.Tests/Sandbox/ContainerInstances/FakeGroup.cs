using System.Text.Json.Nodes;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>A container group of the fake: starts its containers in order, as the platform does.</summary>
internal sealed class FakeGroup : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-group-").FullName;
    private readonly Lock _lock = new();
    private FakeContainer? _main;
    private bool _gone;

    public required string Name { get; init; }

    public required string Location { get; init; }

    public required JsonObject Tags { get; init; }

    public required JsonObject Properties { get; init; }

    /// <summary>Set where the platform has something to say about it.</summary>
    public string Provisioning { get; set; } = "Succeeded";

    public string Event { get; set; } = "";

    /// <summary>Answers to come that still show the group after its deletion.</summary>
    public int HalfDeleted { get; set; }

    public bool Deleted { get; set; }

    /// <summary>Set where a program of our choice has to reach servers of the test on loopback.</summary>
    public bool OpenNetwork { get; set; }

    /// <summary>Carries an identity that was not asked for.</summary>
    public bool Identity { get; set; }

    public string Log => _main?.Log ?? "";

    public string State => _main is null ? "Waiting" : _main.Running ? "Running" : "Terminated";

    public void Start() => _ = Task.Run(StartAsync);

    private async Task StartAsync()
    {
        var volumes = new Dictionary<string, string>();
        foreach (var volume in (Properties["volumes"] as JsonArray ?? []).OfType<JsonObject>())
        {
            string folder = volumes[(string)volume["name"]!] = Directory.CreateDirectory(Path.Combine(_folder, (string)volume["name"]!)).FullName;
            foreach (var (name, value) in volume["secret"] as JsonObject ?? []) await File.WriteAllBytesAsync(Path.Combine(folder, name), Convert.FromBase64String((string)value!));
        }

        foreach (var init in (Properties["initContainers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            using var first = Container(init["properties"]!.AsObject(), volumes, ownNetwork: false);
            if (await first.EndAsync() != 0)
            {
                Provisioning = "Failed";
                Event = "init container: " + first.Log;
                return;
            }
        }

        var main = Properties["containers"]![0]!["properties"]!.AsObject();
        string? config = null;
        if (main["configMap"] is JsonObject)
        {
            config = volumes["config"] = Directory.CreateDirectory(Path.Combine(_folder, "config")).FullName;
            main["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "config", ["mountPath"] = "/mnt/configmap/run", ["readOnly"] = true });
        }

        lock (_lock)
        {
            if (_gone) return;
            _main = Container(main, volumes, ownNetwork: !OpenNetwork);
        }

        if (config is not null)
        {
            // Such a group was running before its job came.
            await Task.Delay(300);
            foreach (var (name, value) in main["configMap"]!["keyValuePairs"]!.AsObject()) await File.WriteAllTextAsync(Path.Combine(config, name), (string)value!);
        }
    }

    private static FakeContainer Container(JsonObject container, Dictionary<string, string> volumes, bool ownNetwork) => new(
        [.. container["command"]!.AsArray().Select(part => (string)part!)],
        (container["environmentVariables"] as JsonArray ?? []).Select(v => ((string)v!["name"]!, (string?)v["secureValue"] ?? (string)v["value"]!)),
        (container["volumeMounts"] as JsonArray ?? []).Select(m => (volumes[(string)m!["name"]!], (string)m["mountPath"]!, !(bool)m["readOnly"]!)), ownNetwork);

    public void Stop()
    {
        lock (_lock)
        {
            _gone = true;
            _main?.Kill();
        }
    }

    public void Dispose()
    {
        Stop();
        _main?.Dispose();
        Directory.Delete(_folder, true);
    }
}
