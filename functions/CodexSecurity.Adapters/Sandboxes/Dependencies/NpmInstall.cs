using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>What an installation gave: where it lies on the host, or why there is none.</summary>
internal sealed record InstallResult(string? Modules, string Reason, string Log, ImmutableArray<string> Missing);

/// <summary>
/// Installs a plan in the sandbox, trying again where the outcome says what would help: newer package descriptions, no lock, looser
/// peers, without a package that the registry does not have. Never runs a script of a package.
/// </summary>
internal sealed partial class NpmInstall(LocalSandbox sandbox, NpmSettings settings, RegistryStore store)
{
    private const int MostAttempts = 6;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(150), s_oneLimit = TimeSpan.FromSeconds(120);

    // Bridges npm's registry address (TCP on the sandbox's loopback) to the socket bound in from the host.
    private const string Bridge = """
        const net = require('net'), { spawn } = require('child_process');
        net.createServer(a => {
          const b = net.connect('/run/registry.sock');
          a.pipe(b); b.pipe(a); a.on('error', () => b.destroy()); b.on('error', () => a.destroy());
        }).listen(4873, '127.0.0.1', () => {
          spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' }).on('exit', code => process.exit(code === null ? 1 : code));
        });
        """;

    /// <summary>Installs into a folder below <paramref name="folder"/>, which is made.</summary>
    public async Task<InstallResult> RunAsync(InstallPlan plan, string folder, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var missing = plan.Dropped.ToList();
        List<string> loose = [];
        string sockets = TreeSockets();
        var log = new StringBuilder();
        try
        {
            string socket = Path.Combine(sockets, "s");
            await using var mirror = new RegistryMirror(settings, store, socket);
            for (int attempt = 0; ; attempt++)
            {
                string output = Path.Combine(folder, attempt.ToString(CultureInfo.InvariantCulture));
                Directory.CreateDirectory(output);
                var left = s_limit - clock.Elapsed;
                var run = await sandbox.RunSetUpAsync(Spec(plan, loose, left < s_oneLimit ? left : s_oneLimit), [(socket, "/run/registry.sock")], output, ct).ConfigureAwait(false);
                string text = Encoding.UTF8.GetString(run.Stdout.Span) + Encoding.UTF8.GetString(run.Stderr.Span);
                log.Append(text.Length > 20_000 ? text[..20_000] : text);
                string modules = Path.Combine(output, "work", "node_modules");
                if (run is { Outcome: SandboxOutcome.Exited, ExitCode: 0, Truncated: false })
                {
                    // All that was asked for may be optional and not to be had here.
                    Directory.CreateDirectory(modules);
                    return new InstallResult(modules, "", log.ToString(), [.. missing.Order(StringComparer.Ordinal)]);
                }

                if (attempt + 1 == MostAttempts || s_limit - clock.Elapsed < TimeSpan.FromSeconds(5) || run.Outcome != SandboxOutcome.Exited || run.Truncated || mirror.Failure is not null
                    || Adapt(ref plan, loose, mirror, text, missing) is false)
                {
                    return new InstallResult(null, Reason(run, mirror, text), log.ToString(), []);
                }
            }
        }
        finally
        {
            Directory.Delete(sockets, true);
        }
    }

    // False where nothing is left to try.
    private static bool Adapt(ref InstallPlan plan, List<string> loose, RegistryMirror mirror, string text, List<string> missing)
    {
        string code = Code().Match(text).Groups[1].Value;
        var absent = plan.Dependencies.Keys.Where(mirror.Absent.Contains).ToList();
        if (absent.Count > 0)
        {
            missing.AddRange(absent.Select(name => $"{name} (not in the registry)"));
            plan = plan with { Dependencies = plan.Dependencies.RemoveRange(absent), Lock = null };
            return true;
        }

        switch (code)
        {
            case "ERESOLVE" when !loose.Contains("--legacy-peer-deps"):
                loose.Add("--legacy-peer-deps");
                return true;
            case "EBADPLATFORM" or "ENOTSUP" or "EBADENGINE" when !loose.Contains("--force"):
                loose.Add("--force");
                return true;
            case "ETARGET" or "ENOVERSIONS" or "EINTEGRITY" when !mirror.Fresh:
                return mirror.Fresh = true;
        }

        if (code == "ETARGET" && Target().Match(text) is { Success: true } match && plan.Dependencies.ContainsKey(match.Groups[1].Value))
        {
            missing.Add($"{match.Groups[1].Value} (no such version)");
            plan = plan with { Dependencies = plan.Dependencies.Remove(match.Groups[1].Value), Lock = null };
            return true;
        }

        bool locked = plan.Lock is not null;
        plan = plan with { Lock = null };
        return locked;
    }

    private static string Reason(SandboxRun run, RegistryMirror mirror, string text) => run switch
    {
        { Outcome: SandboxOutcome.Unavailable } => "no sandbox: " + run.Reason,
        { Kill: SandboxKill.Wall or SandboxKill.Cpu } => "the dependencies could not be installed within the time limit" + (mirror.Failure is { } slow ? $" ({slow})" : ""),
        { Outcome: SandboxOutcome.Killed } => $"the dependencies are larger than the limits allow ({run.Kill})",
        { Truncated: true } => "the dependencies are larger than the limits allow",
        _ when mirror.Failure is { } failure => failure,
        _ when text.Contains("ENOSPC", StringComparison.Ordinal) => "the dependencies are larger than the limits allow (Disk)",
        _ => $"npm install: {run.Outcome} {run.ExitCode} {Code().Match(text).Groups[1].Value} {run.Reason}".TrimEnd(),
    };

    private SandboxSpec Spec(InstallPlan plan, IEnumerable<string> loose, TimeSpan wall)
    {
        List<SandboxFile> files = [new("package.json", plan.Manifest()), new(".setup/bridge.js", Encoding.UTF8.GetBytes(Bridge))];
        if (plan.Lock is { } locked)
        {
            files.Add(new("package-lock.json", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(locked).Replace(settings.Registry.AbsoluteUri, RegistryMirror.InsideAddress, StringComparison.Ordinal))));
        }

        return new SandboxSpec
        {
            Command = ["node", "/work/.setup/bridge.js", HostTools.NpmScript!, "install", "--ignore-scripts", "--omit=dev", .. loose],
            Files = [.. files],
            Environment = s_environment,
            Outputs = ["/work/node_modules"],
            Limits = new SandboxLimits(wall, TimeSpan.FromSeconds(100), 2L << 30, 256, 512L << 20, 4L << 20, 256L << 20),
        };
    }

    private static readonly ImmutableSortedDictionary<string, string> s_environment = new Dictionary<string, string>
    {
        ["registry"] = RegistryMirror.InsideAddress, ["replace_registry_host"] = "always", ["cache"] = "/tmp/npm", ["ignore_scripts"] = "true", ["bin_links"] = "false",
        ["audit"] = "false", ["fund"] = "false", ["update_notifier"] = "false", ["progress"] = "false", ["fetch_retries"] = "0", ["maxsockets"] = "24",
    }.ToImmutableSortedDictionary(p => "npm_config_" + p.Key, p => p.Value, StringComparer.Ordinal);

    // Short: the name of a Unix socket holds about a hundred bytes.
    private static string TreeSockets() => OperatingSystem.IsLinux() ? TreeStore.NewFolder() : throw new PlatformNotSupportedException();

    [GeneratedRegex("npm (?:ERR!|error) code ([A-Z0-9_]+)")]
    private static partial Regex Code();

    [GeneratedRegex("No matching version found for ((?:@[^/@\\s]+/)?[^@\\s]+)@")]
    private static partial Regex Target();
}
