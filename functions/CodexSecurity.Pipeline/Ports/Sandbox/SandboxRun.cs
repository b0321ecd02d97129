using System.Collections.Immutable;

namespace CodexSecurity.Pipeline.Ports.Sandbox;

/// <summary>How a run ended.</summary>
public enum SandboxOutcome { Exited, Killed, Unavailable, SetUpError }

/// <summary>Which limit ended a run.</summary>
public enum SandboxKill { None, Wall, Cpu, Memory, Output, Processes, Disk }

/// <summary>
/// What came out. Exit code, output and files belong to the untrusted program; times, memory and
/// <see cref="Observations"/> are measured from outside.
/// </summary>
public sealed record SandboxRun
{
    public required SandboxOutcome Outcome { get; init; }
    public SandboxKill Kill { get; init; }

    /// <summary>Why nothing ran, for Unavailable and SetUpError.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Exit code; 128 + signal where a signal ended the program; -1 where it did not end by itself.</summary>
    public int ExitCode { get; init; } = -1;

    /// <summary>The signal that ended the program, 0 for none.</summary>
    public int Signal { get; init; }

    public ReadOnlyMemory<byte> Stdout { get; init; }
    public ReadOnlyMemory<byte> Stderr { get; init; }

    /// <summary>Whether any of stdout, stderr or the outputs was cut at its limit.</summary>
    public bool Truncated { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>User and system time of the whole tree in steps of 10 ms, read from outside before the sandbox ends.</summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Largest sampled sum of private and shared memory over all processes, in bytes.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The files asked for, sorted by path; absolute paths inside the sandbox.</summary>
    public ImmutableArray<SandboxFile> Outputs { get; init; } = [];

    public SandboxObservations Observations { get; init; } = SandboxObservations.None;
}

/// <summary>Effects seen from outside the untrusted process.</summary>
public sealed record SandboxObservations(ImmutableArray<ObservedCommand> Commands, ImmutableArray<ObservedRequest> Requests)
{
    public static SandboxObservations None { get; } = new([], []);
}

/// <summary>A program start, the attempt counts: <paramref name="Succeeded"/> is false where there was no such program.</summary>
public sealed record ObservedCommand(string Program, ImmutableArray<string> Arguments, bool Succeeded);

/// <summary>First bytes (at most 8 KiB) that arrived at a network canary.</summary>
public sealed record ObservedRequest(int Port, ReadOnlyMemory<byte> Content);
