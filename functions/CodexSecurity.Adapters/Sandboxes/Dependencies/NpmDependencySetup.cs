using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// <c>npm install</c> without scripts inside the sandbox, from a mirror of the registry of the host's own npm settings. Results are kept in
/// the user's cache folder by a digest of everything that goes in, so that a second scan of the same manifest installs nothing.
/// </summary>
public sealed class NpmDependencySetup : IDependencySetup
{
    // Raise it where the same plan would be installed differently.
    private const string Scheme = "1";
    private const int MostPeerRounds = 3;
    // One at a time in the process: npm is busy enough by itself, and the next in line often wants the same.
    private static readonly SemaphoreSlim s_one = new(1);
    private readonly LocalSandbox _sandbox;
    private readonly DependencyCache _cache;
    private readonly RegistryStore _store;
    private readonly Func<Task<NpmSettings?>> _settings;
    private readonly ConcurrentDictionary<string, DependencySet.Failed> _failed = new(StringComparer.Ordinal);

    /// <param name="sandbox">Where npm runs.</param>
    /// <param name="cacheFolder">Null for the user's cache folder (<c>CODEX_SECURITY_CACHE</c>).</param>
    public NpmDependencySetup(LocalSandbox sandbox, string? cacheFolder = null)
        : this(sandbox, cacheFolder ?? CacheFolders.Root(), NpmSettings.CurrentAsync)
    {
    }

    internal NpmDependencySetup(LocalSandbox sandbox, string root, Func<Task<NpmSettings?>> settings)
    {
        _settings = settings;
        (_sandbox, _cache, _store) = (sandbox, new DependencyCache(Path.Combine(root, "dependencies")), new RegistryStore(Path.Combine(root, "registry")));
    }

    /// <inheritdoc />
    public Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct) => PrepareAsync(project, "", ct);

    /// <inheritdoc />
    public async Task<DependencySet> PrepareAsync(SandboxTree project, string module, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(project);
        if (!OperatingSystem.IsLinux())
        {
            return new DependencySet.Failed("dependencies are set up on Linux only", "");
        }

        try
        {
            var plan = InstallPlan.Read(project.HostPath, module);
            if (plan.IsEmpty)
            {
                return plan.Dropped.IsEmpty ? new DependencySet.NotNeeded() : new DependencySet.Failed("no dependency comes from the registry: " + string.Join(", ", plan.Dropped), "");
            }

            if (await _settings().WaitAsync(ct).ConfigureAwait(false) is not { } settings)
            {
                // Without what it may need it can be tried all the same.
                return plan.Dependencies.IsEmpty && plan.Optional.IsEmpty ? new DependencySet.NotNeeded() : new DependencySet.Failed("npm is missing or has no usable registry setting", "");
            }

            await s_one.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                return await FindOrInstallAsync(project, plan, settings, ct).ConfigureAwait(false);
            }
            finally
            {
                s_one.Release();
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

    private async Task<DependencySet> FindOrInstallAsync(SandboxTree project, InstallPlan plan, NpmSettings settings, CancellationToken ct)
    {
        string key = Key(plan, settings);
        // Beside the project, not in it: the project is bound read-only, and node also looks in the parents.
        string target = project.Target[..project.Target.LastIndexOf('/')] + "/node_modules";
        if (_failed.TryGetValue(key, out var before))
        {
            return before;
        }

        if (_cache.Find(key) is { } kept)
        {
            return new DependencySet.Ready(new SandboxTree(kept.Modules, target)) { Missing = [.. kept.Entry.Missing] };
        }

        string made = _cache.NewFolder();
        try
        {
            var install = new NpmInstall(_sandbox, settings, _store);
            var result = new InstallResult(null, "", "", plan.Dropped);
            for (int round = 0; ; round++)
            {
                if (!plan.Dependencies.IsEmpty || !plan.Optional.IsEmpty)
                {
                    result = await install.RunAsync(plan, Path.Combine(made, $"round{round}"), ct).ConfigureAwait(false);
                    if (result.Modules is null)
                    {
                        return _failed[key] = new DependencySet.Failed(result.Reason, result.Log);
                    }
                }

                // Optional peers only where the package can't be loaded without them: most are large and not needed.
                if (plan.OptionalPeers.IsEmpty || round == MostPeerRounds)
                {
                    break;
                }

                var absent = await LoadCheck.MissingAsync(_sandbox, project, plan.Folder, result.Modules is { } so ? new SandboxTree(so, target) : null, ct).ConfigureAwait(false);
                var wanted = plan.OptionalPeers.Where(peer => absent.Contains(peer.Key)).ToList();
                if (wanted.Count == 0)
                {
                    break;
                }

                plan = plan with { Dependencies = plan.Dependencies.SetItems(wanted), OptionalPeers = plan.OptionalPeers.RemoveRange(wanted.Select(peer => peer.Key)), Lock = null };
            }

            if (result.Modules is not { } modules)
            {
                return new DependencySet.NotNeeded();
            }

            string whole = _cache.NewFolder();
            Directory.Move(modules, Path.Combine(whole, "node_modules"));
            modules = _cache.Keep(key, whole, result.Missing);
            _cache.Trim();
            _store.Trim();
            return new DependencySet.Ready(new SandboxTree(modules, target)) { Missing = result.Missing };
        }
        finally
        {
            Directory.Delete(made, true);
        }
    }

    private static string Key(InstallPlan plan, NpmSettings settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string peers = string.Join(' ', plan.OptionalPeers.Select(peer => $"{peer.Key}@{peer.Value}"));
        foreach (byte[] part in (byte[][])[Encoding.UTF8.GetBytes($"{Scheme}\n{settings.Registry}\n{settings.Versions}\n{peers}\n"), plan.Manifest(), plan.Lock ?? []])
        {
            hash.AppendData(SHA256.HashData(part));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
