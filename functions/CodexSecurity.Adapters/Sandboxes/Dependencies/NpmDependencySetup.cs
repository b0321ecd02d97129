using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// <c>npm install</c> without scripts inside the sandbox, with the registry of the host's own npm settings as only peer.
/// Only the manifest and the lock file go in: not the project's <c>.npmrc</c>, which could redirect or run things.
/// </summary>
public sealed class NpmDependencySetup(LocalSandbox sandbox) : IDependencySetup
{
    private const long LargestCache = 64L << 20;
    private static readonly string[] s_manifests = ["package.json", "package-lock.json", "npm-shrinkwrap.json"];

    private static readonly string[] s_sections = ["dependencies", "optionalDependencies"];

    // Bridges npm's proxy setting (TCP on the sandbox's loopback) to the socket bound in from the host.
    private const string Forwarder = """
        const net = require('net'), { spawn } = require('child_process');
        const server = net.createServer(a => {
          const b = net.connect('/run/registry.sock');
          a.pipe(b); b.pipe(a); a.on('error', () => b.destroy()); b.on('error', () => a.destroy());
        }).listen(0, '127.0.0.1', () => {
          const at = 'http://127.0.0.1:' + server.address().port;
          const npm = spawn('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--prefer-offline', '--no-progress'],
            { stdio: 'inherit', env: { ...process.env, npm_config_proxy: at, npm_config_https_proxy: at } });
          npm.on('exit', code => process.exit(code === null ? 1 : code));
        });
        """;

    /// <inheritdoc />
    public async Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(project);
        if (!OperatingSystem.IsLinux())
        {
            return new DependencySet.Failed("dependencies are set up on Linux only", "");
        }

        string manifest = Path.Combine(project.HostPath, "package.json");
        if (!IsPlainFile(manifest))
        {
            return new DependencySet.NotNeeded();
        }

        try
        {
            if (!HasDependencies(await File.ReadAllBytesAsync(manifest, ct).ConfigureAwait(false)))
            {
                return new DependencySet.NotNeeded();
            }
        }
        catch (JsonException)
        {
            return new DependencySet.Failed("package.json is not JSON", "");
        }

        if (await RegistryAsync(ct).ConfigureAwait(false) is not { } registry)
        {
            return new DependencySet.Failed("npm has no usable registry setting", "");
        }

        string sockets = TreeStore.NewFolder();
        string folder = TreeStore.NewFolder();
        try
        {
            string socket = Path.Combine(sockets, "s");
            await using var proxy = new RegistryProxy(registry, socket);
            var run = await sandbox.RunSetUpAsync(Spec(project.HostPath, registry), [(socket, "/run/registry.sock")], folder, ct).ConfigureAwait(false);
            string log = Encoding.UTF8.GetString(run.Stdout.Span) + Encoding.UTF8.GetString(run.Stderr.Span);
            string modules = Path.Combine(folder, "work", "node_modules");
            if (run is not { Outcome: SandboxOutcome.Exited, ExitCode: 0, Truncated: false } || !Directory.Exists(modules))
            {
                return new DependencySet.Failed($"npm install: {run.Outcome} {run.Kill} {run.ExitCode} {run.Reason}".TrimEnd(), log);
            }

            // Beside the project, not in it: the project is bound read-only, and node also looks in the parents.
            string parent = project.Target[..project.Target.LastIndexOf('/')];
            return new DependencySet.Ready(new SandboxTree(modules, parent + "/node_modules"));
        }
        finally
        {
            Directory.Delete(sockets, true);
        }
    }

    private static SandboxSpec Spec(string project, Uri registry)
    {
        const string Certificates = "/etc/ssl/certs/ca-certificates.crt";
        var files = s_manifests.Where(name => IsPlainFile(Path.Combine(project, name)))
            .Select(name => new SandboxFile(name, File.ReadAllBytes(Path.Combine(project, name))))
            .Append(new SandboxFile(".setup/forward.js", Encoding.UTF8.GetBytes(Forwarder)));
        string cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".npm", "_cacache");
        bool offered = Directory.Exists(cache)
            && new DirectoryInfo(cache).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) < LargestCache;
        var environment = ImmutableSortedDictionary<string, string>.Empty
            .Add("npm_config_registry", registry.AbsoluteUri).Add("npm_config_cache", "/tmp/npm").Add("npm_config_update_notifier", "false");
        return new SandboxSpec
        {
            Command = ["node", "/work/.setup/forward.js"],
            Files = [.. files],
            Trees = offered ? [new SandboxTree(cache, "/tmp/npm/_cacache", true)] : [],
            Environment = File.Exists(Certificates) ? environment.Add("npm_config_cafile", Certificates) : environment,
            Outputs = ["/work/node_modules"],
            Limits = new SandboxLimits(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(100), 2L << 30, 256, 512L << 20, 4L << 20, 256L << 20),
        };
    }

    private static bool IsPlainFile(string path) => File.Exists(path) && (File.GetAttributes(path) & FileAttributes.ReparsePoint) == 0;

    private static bool HasDependencies(byte[] manifest)
    {
        using var json = JsonDocument.Parse(manifest);
        return json.RootElement.ValueKind == JsonValueKind.Object && s_sections.Any(name =>
            json.RootElement.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object && section.EnumerateObject().Any());
    }

    // Asked outside the project, so that no file of the repository has a say.
    private static async Task<Uri?> RegistryAsync(CancellationToken ct)
    {
        var start = new ProcessStartInfo("npm", ["config", "get", "registry"]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        try
        {
            using var npm = Process.Start(start);
            if (npm is null)
            {
                return null;
            }

            var errors = npm.StandardError.ReadToEndAsync(ct);
            string text = (await npm.StandardOutput.ReadToEndAsync(ct).ConfigureAwait(false)).Trim();
            await errors.ConfigureAwait(false);
            await npm.WaitForExitAsync(ct).ConfigureAwait(false);
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.UserInfo.Length == 0 ? uri : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // npm is not installed
        }
    }
}
