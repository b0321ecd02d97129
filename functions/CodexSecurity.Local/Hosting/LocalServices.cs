using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ports.Workspaces;

namespace CodexSecurity.Local.Hosting;

/// <summary>The ports of a scan as this machine has them.</summary>
public static class LocalServices
{
    /// <summary>Composes them.</summary>
    /// <param name="scans">Where scans are kept.</param>
    /// <param name="artifacts">Where their parts are.</param>
    /// <param name="sandboxes">What runs code of a repository; null where nothing does.</param>
    /// <param name="jobs">Most runs at a time.</param>
    public static ScanServices Create(IScanStore scans, IArtifactStore artifacts, SandboxSet? sandboxes, int jobs)
    {
        var set = sandboxes ?? Without("validation was switched off");
        return new ScanServices(new GitSnapshotSource(), artifacts, scans, new BoundedSandbox(set.Sandbox, Math.Max(1, jobs)), set.Dependencies, Workspaces(), new RandomNonceSource());
    }

    /// <summary>Folders that the sandbox can show.</summary>
    public static IWorkspaces Workspaces() => OperatingSystem.IsLinux() ? new DiskWorkspaces() : new NoWorkspaces();

    private static SandboxSet Without(string reason) => new(new UnavailableSandbox(reason), new NoDependencySetup(reason));

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
