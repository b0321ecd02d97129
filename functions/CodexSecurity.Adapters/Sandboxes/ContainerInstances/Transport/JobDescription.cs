using System.Collections.Immutable;
using System.Text.Json.Serialization;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;

/// <summary>A job as the runner reads it; its files stand beside it in the archive.</summary>
/// <param name="Run">Id of the run.</param>
/// <param name="Key">Key of the lines by which the evidence comes out, base64 of 32 bytes.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="WorkingDirectory">Absolute folder.</param>
/// <param name="Environment">Environment of the command.</param>
/// <param name="Outputs">Paths to bring back.</param>
/// <param name="Trace">Whether program starts are recorded.</param>
/// <param name="Trees">Targets of the trees, in order.</param>
/// <param name="CommandCanaries">Stand-in programs.</param>
/// <param name="NetworkCanaries">Listeners.</param>
/// <param name="FileCanaries">Paths of canary files, in order.</param>
/// <param name="Limits">Limits.</param>
/// <param name="Delivery">Where the outputs are put as one archive, because they are too large for the log; null for the log.</param>
/// <param name="HoldSeconds">How long the runner waits for its deletion after the last line.</param>
internal sealed record JobDescription(
    string Run,
    string Key,
    ImmutableArray<string> Command,
    string WorkingDirectory,
    ImmutableSortedDictionary<string, string> Environment,
    ImmutableArray<string> Outputs,
    bool Trace,
    ImmutableArray<JobTree> Trees,
    ImmutableArray<string> CommandCanaries,
    ImmutableArray<JobListener> NetworkCanaries,
    ImmutableArray<string> FileCanaries,
    JobLimits Limits,
    JobDelivery? Delivery,
    int HoldSeconds);

/// <summary>An address that takes one object, and the endpoint to which the connection goes.</summary>
internal sealed record JobDelivery(string Address, string Endpoint);

/// <summary>Where a tree goes.</summary>
internal sealed record JobTree(string Target, bool Writable);

/// <summary>A loopback listener.</summary>
internal sealed record JobListener(int Port, string Body);

/// <summary>Limits in whole units.</summary>
internal sealed record JobLimits(long WallMs, long CpuMs, long MemoryBytes, int Processes, long DiskBytes, long OutputBytes, long FileBytes)
{
    public static JobLimits From(SandboxLimits limits) => new(
        (long)limits.Wall.TotalMilliseconds, (long)limits.Cpu.TotalMilliseconds, limits.MemoryBytes, limits.Processes, limits.DiskBytes, limits.OutputBytes, limits.FileBytes);

    public SandboxLimits ToLimits() => new(
        TimeSpan.FromMilliseconds(WallMs), TimeSpan.FromMilliseconds(CpuMs), MemoryBytes, Processes, DiskBytes, OutputBytes, FileBytes);
}

/// <summary>JSON of jobs and evidence headers.</summary>
[JsonSerializable(typeof(JobDescription))]
[JsonSerializable(typeof(EvidenceHeader))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TransportJson : JsonSerializerContext;
