using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>What one job gave; the judge sees nothing else. Exit code, output and files belong to the untrusted program.</summary>
/// <param name="Job">Name of the job.</param>
/// <param name="Nonces">The values that were filled in.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Kill">Which limit ended it.</param>
/// <param name="Reason">Why nothing ran; "" otherwise.</param>
/// <param name="ExitCode">Exit code or -1.</param>
/// <param name="Signal">Signal or 0.</param>
/// <param name="Stdout">Standard output as text, at most <see cref="MaxText"/> characters.</param>
/// <param name="Stderr">Standard error likewise.</param>
/// <param name="Truncated">Something was cut.</param>
/// <param name="DurationMs">Wall time.</param>
/// <param name="CpuMs">CPU time measured from outside.</param>
/// <param name="PeakMemory">Bytes.</param>
/// <param name="Outputs">Files brought back: absolute path and text (at most <see cref="MaxText"/> characters).</param>
/// <param name="Commands">Program starts seen from outside.</param>
/// <param name="Requests">Requests that reached a listener.</param>
public sealed record ProofRun(
    string Job,
    Nonces Nonces,
    SandboxOutcome Outcome,
    SandboxKill Kill,
    string Reason,
    int ExitCode,
    int Signal,
    string Stdout,
    string Stderr,
    bool Truncated,
    long DurationMs,
    long CpuMs,
    long PeakMemory,
    IReadOnlyList<ProofOutput> Outputs,
    IReadOnlyList<SeenCommand> Commands,
    IReadOnlyList<SeenRequest> Requests)
{
    /// <summary>Longest text kept of a stream or file.</summary>
    public const int MaxText = 512 * 1024;

    /// <summary>Text of an output by its absolute path, or null.</summary>
    public string? Output(string path) => Outputs.FirstOrDefault(o => o.Path == path)?.Text;

    /// <summary>Whether the sandbox carried it out at all.</summary>
    public bool Ran => Outcome is SandboxOutcome.Exited or SandboxOutcome.Killed;
}

/// <summary>A file brought back.</summary>
public sealed record ProofOutput(string Path, string Text);

/// <summary>A program start: file, arguments (argv[0] included), whether there was such a program.</summary>
public sealed record SeenCommand(string Program, IReadOnlyList<string> Arguments, bool Succeeded);

/// <summary>First bytes of a request, as Latin-1 text.</summary>
public sealed record SeenRequest(int Port, string Text);
