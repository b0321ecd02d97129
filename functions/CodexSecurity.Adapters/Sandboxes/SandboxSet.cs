using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Adapters.Sandboxes.Unshare;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>The sandbox of this machine and the set-up of dependencies that runs in it.</summary>
public sealed record SandboxSet(ISandbox Sandbox, IDependencySetup Dependencies)
{
    /// <summary>The variable that names the driver: "bubblewrap", "unshare", "container-instances", or "none" where nothing may run.</summary>
    public const string Variable = "CODEX_SECURITY_SANDBOX";

    /// <summary>Removes container groups that outlived their run; nothing to do where runs leave nothing by themselves. For a timer, every few minutes.</summary>
    public Task<SweepResult> SweepAsync(CancellationToken ct) => Sandbox is ContainerInstancesSandbox containers ? containers.SweepAsync(ct) : Task.FromResult(new SweepResult(0, 0, 0));

    /// <summary>The same as <see cref="CreateAsync"/>, without waiting for the probe: only who runs something does.</summary>
    /// <param name="installs">Whether dependencies will likely be installed: what that needs to know of npm is then asked now as well.</param>
    public static SandboxSet Begin(bool installs)
    {
        if (installs)
        {
            // A failure comes back where the answer is used.
            _ = Task.Run(NpmSettings.CurrentAsync, CancellationToken.None);
        }

        // Not cancelled by one caller, as the probe itself.
        var picked = Task.Run(() => CreateAsync(CancellationToken.None), CancellationToken.None);
        return new SandboxSet(new DeferredSandbox(picked), new DeferredSetup(picked));
    }

    /// <summary>Picks the first driver whose probe holds: bubblewrap, then unshare; otherwise one that runs nothing and says why.</summary>
    public static async Task<SandboxSet> CreateAsync(CancellationToken ct)
    {
        var wanted = Environment.GetEnvironmentVariable(Variable) ?? "";
        if (wanted == ContainerInstancesFactory.Name)
        {
            return Cloud();
        }

        var reasons = new List<string>();
        foreach (LocalSandbox sandbox in (LocalSandbox[])[new BubblewrapSandbox(), new UnshareSandbox()])
        {
            if (wanted.Length > 0 && wanted != sandbox.Name)
            {
                reasons.Add($"{sandbox.Name} is ruled out by {Variable}={wanted}");
                continue;
            }

            var status = await sandbox.ProbeAsync(ct).ConfigureAwait(false);
            if (status.Available)
            {
                return new SandboxSet(sandbox, new NpmDependencySetup(sandbox));
            }

            reasons.Add(status.Reason);
        }

        string reason = string.Join("; ", reasons);
        return new SandboxSet(new UnavailableSandbox(reason), new UnavailableSetup(reason));
    }

    // Not probed here: each region is before its first run.
    private static SandboxSet Cloud()
    {
        try
        {
            return ContainerInstancesFactory.Create(Environment.GetEnvironmentVariable);
        }
        catch (ArgumentException error)
        {
            return new SandboxSet(new UnavailableSandbox(error.Message), new UnavailableSetup(error.Message));
        }
    }
}

/// <summary>Fail-closed: every run is <see cref="SandboxOutcome.Unavailable"/> with the reason.</summary>
public sealed class UnavailableSandbox(string reason) : ISandbox
{
    /// <inheritdoc />
    public string Name => "unavailable";

    /// <inheritdoc />
    public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new SandboxStatus(false, reason));

    /// <inheritdoc />
    public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct) =>
        Task.FromResult(new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = reason });
}

/// <summary>Where nothing can be run, nothing can be set up.</summary>
internal sealed class UnavailableSetup(string reason) : IDependencySetup
{
    public Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct) =>
        Task.FromResult<DependencySet>(new DependencySet.Failed("no sandbox", reason));
}
