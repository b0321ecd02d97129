using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Workspaces;

namespace CodexSecurity.Local.Hosting;

/// <summary>The ports of a scan as this machine has them.</summary>
public static class LocalServices
{
    /// <summary>Composes them. The sandbox is probed only where it is needed: without validation nothing of a repository runs.</summary>
    public static async Task<ScanServices> CreateAsync(LocalStores stores, bool sandboxed, CancellationToken ct)
    {
        var (sandbox, dependencies) = sandboxed ? await SandboxAsync(ct).ConfigureAwait(false) : (new UnavailableSandbox("validation was switched off"), new NoDependencySetup("validation was switched off"));
        return new ScanServices(new GitSnapshotSource(), stores.Artifacts, stores.Scans, sandbox, dependencies, OperatingSystem.IsLinux() ? new DiskWorkspaces() : new NoWorkspaces(), new RandomNonceSource());
    }

    /// <summary>The sandbox of this machine with its set-up.</summary>
    public static async Task<(ISandbox Sandbox, IDependencySetup Dependencies)> SandboxAsync(CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux()) return (new UnavailableSandbox("there is a sandbox on Linux only"), new NoDependencySetup("no sandbox"));
        var sandbox = await SandboxFactory.CreateAsync(ct).ConfigureAwait(false);
        return sandbox is BubblewrapSandbox bubblewrap ? (sandbox, new NpmDependencySetup(bubblewrap)) : (sandbox, new NoDependencySetup("no sandbox"));
    }

    // Where there is no sandbox nothing is ever shown to one.
    private sealed class NoWorkspaces : IWorkspaces
    {
        public Task<SandboxTree> ShowAsync(string key, IReadOnlyList<SnapshotFile> files, string target, CancellationToken ct) => throw new InvalidOperationException("there is no sandbox");
    }

    private sealed class NoDependencySetup(string reason) : IDependencySetup
    {
        public Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct) => Task.FromResult<DependencySet>(new DependencySet.Failed(reason, ""));
    }
}
