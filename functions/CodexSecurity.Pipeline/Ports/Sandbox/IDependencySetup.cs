namespace CodexSecurity.Pipeline.Ports.Sandbox;

/// <summary>Installs a project's dependencies inside the sandbox (set-up phase: registries only, no scripts, no secret).</summary>
public interface IDependencySetup
{
    /// <summary>Prepares the dependencies of the project in a host folder. A failure is a result, never counter-evidence.</summary>
    Task<DependencySet> PrepareAsync(SandboxTree project, CancellationToken ct);
}

/// <summary>What set-up gave.</summary>
public abstract record DependencySet
{
    private DependencySet() { }

    /// <summary>Installed: mount <paramref name="Tree"/> (a <c>node_modules</c> folder) beside the project.</summary>
    public sealed record Ready(SandboxTree Tree) : DependencySet;

    /// <summary>The project declares no dependencies.</summary>
    public sealed record NotNeeded : DependencySet;

    /// <summary>Could not be installed, with the capped log.</summary>
    public sealed record Failed(string Reason, string Log) : DependencySet;
}
