using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// <c>npm install</c> without scripts in a container group of the set-up subnet. The manifest is our own, the project's never reaches npm; nothing of the project runs.
/// What was installed is kept by a digest of everything that went in.
/// </summary>
public sealed partial class ContainerDependencySetup : IDependencySetup
{
    // Raise it where the same plan would be installed differently.
    private const string Scheme = "1";
    private const int MostAttempts = 4;
    private static readonly SandboxLimits s_limits = new(TimeSpan.FromSeconds(240), TimeSpan.FromSeconds(180), 2L << 30, 256, 512L << 20, 1L << 20, 256L << 20);
    private readonly ContainerInstancesSandbox _sandbox;
    private readonly DependencyCache _cache;
    private readonly string _image, _registry;
    private readonly ConcurrentDictionary<string, DependencySet.Failed> _failed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <param name="sandbox">Where npm runs.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="cacheFolder">Null for the user's cache folder (<c>CODEX_SECURITY_CACHE</c>).</param>
    public ContainerDependencySetup(ContainerInstancesSandbox sandbox, ContainerInstancesSettings settings, string? cacheFolder = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_sandbox, _image, _registry) = (sandbox, settings.Image, settings.NpmRegistry);
        _cache = new DependencyCache(Path.Combine(cacheFolder ?? CacheFolders.Root(), "dependencies-containers"));
    }

    /// <inheritdoc />
    public Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct) => PrepareAsync(project, "", ct);

    /// <inheritdoc />
    public async Task<DependencySet> PrepareAsync(SandboxTree project, string module, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(project);
        try
        {
            var plan = InstallPlan.Read(project.HostPath, module);
            // Optional peers are left out: whether a package needs them is found by loading it, and each look would cost a group.
            if (plan.Dependencies.IsEmpty && plan.Optional.IsEmpty)
            {
                return plan.Dropped.IsEmpty ? new DependencySet.NotNeeded() : new DependencySet.Failed("no dependency comes from the registry: " + string.Join(", ", plan.Dropped), "");
            }

            string key = Key(plan);
            var turn = _turns.GetOrAdd(key, _ => new SemaphoreSlim(1));
            await turn.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                return await FindOrInstallAsync(key, plan, project.Target[..project.Target.LastIndexOf('/')] + "/node_modules", ct).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (JsonException error)
        {
            return new DependencySet.Failed("package.json can't be used: " + error.Message, "");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new DependencySet.Failed("dependencies can't be stored: " + error.Message, "");
        }
    }

    private async Task<DependencySet> FindOrInstallAsync(string key, InstallPlan plan, string target, CancellationToken ct)
    {
        if (_failed.TryGetValue(key, out var before))
        {
            return before;
        }

        if (_cache.Find(key) is { } kept)
        {
            return new DependencySet.Ready(new SandboxTree(kept.Modules, target)) { Missing = [.. kept.Entry.Missing] };
        }

        List<string> loose = [], missing = [.. plan.Dropped];
        var log = new StringBuilder();
        string folder = _cache.NewFolder();
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                string output = Directory.CreateDirectory(Path.Combine(folder, $"{attempt}")).FullName;
                var run = await _sandbox.RunSetUpAsync(Spec(plan, loose), output, ct).ConfigureAwait(false);
                string text = Encoding.UTF8.GetString(run.Stdout.Span) + Encoding.UTF8.GetString(run.Stderr.Span);
                log.Append(text.Length > 20_000 ? text[..20_000] : text);
                if (run is { Outcome: SandboxOutcome.Exited, ExitCode: 0, Truncated: false })
                {
                    string whole = _cache.NewFolder(), made = Path.Combine(output, "work", "node_modules");
                    Directory.CreateDirectory(made);
                    Directory.Move(made, Path.Combine(whole, "node_modules"));
                    string modules = _cache.Keep(key, whole, missing);
                    _cache.Trim();
                    return new DependencySet.Ready(new SandboxTree(modules, target)) { Missing = [.. missing.Order(StringComparer.Ordinal)] };
                }

                if (attempt + 1 == MostAttempts || run.Outcome != SandboxOutcome.Exited || run.Truncated || !Adapt(ref plan, loose, missing, text))
                {
                    var failed = new DependencySet.Failed(Reason(run, text), log.ToString());
                    // A platform that had no room now may have some later; npm's own word stays.
                    return run.Outcome is SandboxOutcome.Unavailable or SandboxOutcome.SetUpError ? failed : _failed[key] = failed;
                }
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    // False where nothing is left to try.
    private static bool Adapt(ref InstallPlan plan, List<string> loose, List<string> missing, string text)
    {
        string code = Code().Match(text).Groups[1].Value;
        if (code is "E404" or "ETARGET" && Named().Match(text) is { Success: true } match && plan.Dependencies.ContainsKey(match.Groups[1].Value))
        {
            missing.Add($"{match.Groups[1].Value} (not in the registry)");
            plan = plan with { Dependencies = plan.Dependencies.Remove(match.Groups[1].Value), Lock = null };
            return true;
        }

        if (code is "ERESOLVE" or "EBADPLATFORM" or "ENOTSUP" or "EBADENGINE" && loose.Count == 0)
        {
            loose.AddRange(["--legacy-peer-deps", "--force"]);
            return true;
        }

        bool locked = plan.Lock is not null;
        plan = plan with { Lock = null };
        return locked;
    }

    private static string Reason(SandboxRun run, string text) => run switch
    {
        { Outcome: SandboxOutcome.Unavailable or SandboxOutcome.SetUpError } => "no sandbox: " + run.Reason,
        { Kill: SandboxKill.Wall or SandboxKill.Cpu } => "the dependencies could not be installed within the time limit",
        { Outcome: SandboxOutcome.Killed } or { Truncated: true } => $"the dependencies are larger than the limits allow ({run.Kill})",
        _ => $"npm install: {run.ExitCode} {Code().Match(text).Groups[1].Value}".TrimEnd(),
    };

    private SandboxSpec Spec(InstallPlan plan, IEnumerable<string> loose) => new()
    {
        Command = ["npm", "install", "--ignore-scripts", "--omit=dev", .. loose],
        Files = plan.Lock is { } locked ? [new SandboxFile("package.json", plan.Manifest()), new SandboxFile("package-lock.json", locked)] : [new SandboxFile("package.json", plan.Manifest())],
        Environment = _registry.Length > 0 ? s_environment.SetItem("npm_config_registry", _registry) : s_environment,
        Outputs = ["/work/node_modules"],
        Limits = s_limits,
    };

    private static readonly ImmutableSortedDictionary<string, string> s_environment = new Dictionary<string, string>
    {
        ["cache"] = "/tmp/npm", ["ignore_scripts"] = "true", ["bin_links"] = "false", ["audit"] = "false", ["fund"] = "false", ["update_notifier"] = "false", ["progress"] = "false",
    }.ToImmutableSortedDictionary(p => "npm_config_" + p.Key, p => p.Value, StringComparer.Ordinal);

    private string Key(InstallPlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] part in (byte[][])[Encoding.UTF8.GetBytes($"{Scheme}\n{_image}\n{_registry}"), plan.Manifest(), plan.Lock ?? []])
        {
            hash.AppendData(SHA256.HashData(part));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [GeneratedRegex("npm (?:ERR!|error) code ([A-Z0-9_]+)")]
    private static partial Regex Code();

    // "'name@range' is not in this registry", "No matching version found for name@range"
    [GeneratedRegex("(?:'| for )((?:@[^/@\\s]+/)?[^/@'\\s]+)@[^'\\s]*(?:' is not in this registry|\\.)")]
    private static partial Regex Named();
}
