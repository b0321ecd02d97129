using System.Collections.Immutable;

namespace CodexSecurity.Pipeline.Ports.Sandbox;

/// <summary>Installs a project's dependencies inside the sandbox (set-up phase: registries only, no scripts, no secret).</summary>
public interface IDependencySetup
{
    /// <summary>Prepares the dependencies of the project in a host folder. A failure is a result, never counter-evidence.</summary>
    Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct);

    /// <summary>
    /// The same for one module of a project that holds several packages: <paramref name="module"/> is a file or folder relative to the
    /// project; the nearest package's dependencies count, then those of the packages around it.
    /// </summary>
    Task<DependencySet> PrepareAsync(SandboxTree project, string module, CancellationToken ct) => PrepareAsync(project, ct);
}

/// <summary>What set-up gave.</summary>
public abstract record DependencySet
{
    private DependencySet() { }

    /// <summary>Installed: mount <paramref name="Tree"/> (a <c>node_modules</c> folder) beside the project.</summary>
    public sealed record Ready(SandboxTree Tree) : DependencySet
    {
        /// <summary>Declared but not installed, each with the reason in brackets: not from the registry, or not in it.</summary>
        public ImmutableArray<string> Missing { get; init; } = [];
    }

    /// <summary>The project declares no dependencies.</summary>
    public sealed record NotNeeded : DependencySet;

    /// <summary>Could not be installed, with the capped log.</summary>
    public sealed record Failed(string Reason, string Log) : DependencySet;
}
