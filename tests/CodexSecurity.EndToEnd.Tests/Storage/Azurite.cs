using System.Diagnostics;
using CodexSecurity.Adapters.AzureStorage;

namespace CodexSecurity.EndToEnd.Tests.Storage;

/// <summary>The storage emulator, from npm, once for all tests that need it. Each test has tables and a container of its own.</summary>
public sealed class Azurite : IAsyncLifetime
{
    // The emulator's documented account.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    /// <summary>Name of the collection of tests that use it.</summary>
    public const string Name = "azurite";

    private const string Version = "3.37.0";
    private static int s_last;
    private readonly string _data = Directory.CreateTempSubdirectory("codex-azurite-").FullName;
    private Process? _process;

    /// <summary>Where the emulator is.</summary>
    public string Connection { get; private set; } = "";

    public static string Prefix() => "t" + Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) + "x" + Interlocked.Increment(ref s_last).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public AzureStorageSettings Settings(string prefix) => new(Connection, null, null, "", prefix);

    public async ValueTask InitializeAsync()
    {
        var program = await InstalledAsync();
        string[] arguments =
        [
            program, "--location", _data, "--disableTelemetry", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", "0", "--queueHost", "127.0.0.1", "--queuePort", "0",
            "--tableHost", "127.0.0.1", "--tablePort", "0",
        ];
        _process = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _ = _process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (blobs, tables) = ((string?)null, (string?)null);
        while (blobs is null || tables is null)
        {
            var line = await _process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("azurite did not start");
            blobs ??= AddressOf("Blob", line);
            tables ??= AddressOf("Table", line);
        }
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Connection = $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint={blobs}/devstoreaccount1;TableEndpoint={tables}/devstoreaccount1;";
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(_data, true);
    }

    private static async Task<string> InstalledAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), "codex-security-tools", "azurite-" + Version);
        var program = Path.Combine(folder, "node_modules", "azurite", "dist", "src", "azurite.js");
        if (File.Exists(program)) return program;
        Directory.CreateDirectory(folder);
        using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error", "azurite@" + Version]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = npm.StandardOutput.ReadToEndAsync();
        var error = await npm.StandardError.ReadToEndAsync();
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 && File.Exists(program) ? program : throw new InvalidOperationException("azurite could not be installed by npm: " + error);
    }

    // It takes ports that are free by itself, and says them.
    private static string? AddressOf(string service, string line)
    {
        var said = $"Azurite {service} service is successfully listening at ";
        return line.StartsWith(said, StringComparison.Ordinal) ? line[said.Length..].TrimEnd() : null;
    }
}

[CollectionDefinition(Azurite.Name)]
public sealed class AzuriteTests : ICollectionFixture<Azurite>;
