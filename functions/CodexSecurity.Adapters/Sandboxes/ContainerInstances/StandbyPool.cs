namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// When a run may take a group that stands ready. Such a group was made from a profile before the run was known; it gets its job as a config map, is used once and
/// never goes back. Where the pool is empty, refuses or is slow, the run starts cold.
/// </summary>
internal static class StandbyPool
{
    /// <summary>A group that stands ready starts within this time, or it is not worth waiting for.</summary>
    public static readonly TimeSpan MostStart = TimeSpan.FromSeconds(45);

    // A config map holds 1 MiB as text.
    private const int MostBytes = 512 * 1024;

    // The memory of the profile, which is made for the default limits.
    private static readonly long s_memory = Pipeline.Ports.Sandbox.SandboxLimits.Default.MemoryBytes;

    /// <summary>Whether this job can go into a group of the pool. The pool is in the first region.</summary>
    public static bool Fits(ContainerInstancesSettings settings, JobTicket ticket, ContainerPlace place) =>
        settings.StandbyPool.Length > 0 && ticket.Kind == GroupKind.Run && place == settings.Places[0] && ticket.Small is { Length: <= MostBytes } && ticket.Limits.MemoryBytes <= s_memory;
}
