using System.Collections.Immutable;

namespace CodexSecurity.Pipeline.Ports.Sandbox;

/// <summary>
/// A sealed job. Writable inside are only <c>/work</c> (holds <see cref="Files"/>), <c>/tmp</c> and <c>/out</c>; all are
/// memory-backed and gone after the run. The environment is exactly <see cref="Environment"/> plus PATH and HOME.
/// </summary>
public sealed record SandboxSpec
{
    /// <summary>
    /// An environment for runs of a project's code, which have no network: package managers that would ask for it several times, with pauses, are told so.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> Offline { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
        .Add("npm_config_offline", "true").Add("npm_config_update_notifier", "false").Add("NO_UPDATE_NOTIFIER", "1");

    /// <summary>Program and arguments; the program is searched on the sandbox's own PATH.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>Files to place under <c>/work</c>.</summary>
    public ImmutableArray<SandboxFile> Files { get; init; } = [];

    /// <summary>Host folders shown inside. Never writable on the host.</summary>
    public ImmutableArray<SandboxTree> Trees { get; init; } = [];

    /// <summary>Absolute folder in which the command starts.</summary>
    public string WorkingDirectory { get; init; } = "/work";

    /// <summary>The whole environment of the command, PATH and HOME aside.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What the command reads on standard input.</summary>
    public ReadOnlyMemory<byte> Stdin { get; init; }

    /// <summary>The run's limits.</summary>
    public SandboxLimits Limits { get; init; } = SandboxLimits.Default;

    /// <summary>Paths to bring back: relative to <c>/out</c>, or absolute below <c>/work</c>, <c>/tmp</c> or <c>/out</c>. Absent ones are skipped.</summary>
    public ImmutableArray<string> Outputs { get; init; } = [];

    /// <summary>Whether every program start in the sandbox is recorded from outside.</summary>
    public SandboxTrace Trace { get; init; }

    /// <summary>Names of harmless stand-in programs put first on PATH; implies <see cref="SandboxTrace.Exec"/>.</summary>
    public ImmutableArray<string> CommandCanaries { get; init; } = [];

    /// <summary>Ports on which a listener outside the payload's process namespace answers and records requests (127.0.0.1 of the sandbox). Ports from 1024 up.</summary>
    public ImmutableArray<NetworkCanary> NetworkCanaries { get; init; } = [];

    /// <summary>Read-only files at absolute paths, for example <c>/secret/nonce</c>.</summary>
    public ImmutableArray<FileCanary> FileCanaries { get; init; } = [];
}

/// <summary>One file below <c>/work</c>: relative POSIX path without <c>..</c>, and its Unix mode.</summary>
public sealed record SandboxFile(string Path, ReadOnlyMemory<byte> Content, int Mode = 0x1A4);

/// <summary>
/// A folder of the host shown at the absolute path <paramref name="Target"/>. <paramref name="HostPath"/> is opaque to all
/// but the driver. <paramref name="Writable"/> gives a private copy in memory (small trees only); else it is bound read-only.
/// </summary>
public sealed record SandboxTree(string HostPath, string Target, bool Writable = false);

/// <summary>A loopback listener that answers each request with 200 and <paramref name="Body"/>.</summary>
public sealed record NetworkCanary(int Port, string Body = "ok");

/// <summary>A file outside the application's root.</summary>
public sealed record FileCanary(string Path, ReadOnlyMemory<byte> Content);

/// <summary>What is recorded of program starts.</summary>
public enum SandboxTrace { None, Exec }

/// <summary>Limits of one run. Memory is summed over all processes; disk is for each of the writable folders.</summary>
public sealed record SandboxLimits(
    TimeSpan Wall, TimeSpan Cpu, long MemoryBytes, int Processes, long DiskBytes, long OutputBytes, long FileBytes)
{
    /// <summary>20 s, 15 s CPU, 1 GiB, 128 processes, 128 MiB disk, 4 MiB of output, 64 MiB a file.</summary>
    public static SandboxLimits Default { get; } = new(
        TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(15), 1L << 30, 128, 128L << 20, 4L << 20, 64L << 20);
}
