namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>The last guard against memory that no process owns.</summary>
internal static class ProcessTreeGuard
{
    /// <summary>Less than 6 % of the machine's memory is available.</summary>
    public static bool MachineIsLow => TreeUsage.MachineFree() < 0.06;
}
