using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>
/// One sandbox run as planned: text only, so that it can be stored and run again. Every string may hold the placeholders of
/// <see cref="Nonces"/>; the runner fills them in for each run.
/// </summary>
/// <param name="Name">Unique in its proof, a file name: "attack", "attack-2", "control".</param>
/// <param name="Files">Files placed below <c>/work</c>; by convention below <c>poc/</c>.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="WorkingDirectory">Absolute folder.</param>
/// <param name="Environment">Environment of the command.</param>
/// <param name="Stdin">Standard input.</param>
/// <param name="Outputs">Paths brought back, as in <see cref="SandboxSpec.Outputs"/>. "result.json" is the harness's own report.</param>
/// <param name="TraceCommands">Record program starts from outside.</param>
/// <param name="StandIns">Names of programs that do nothing, first on PATH; implies the trace.</param>
/// <param name="SecretFiles">Absolute paths of files outside the project that hold only <see cref="Nonces.SecretMark"/>.</param>
/// <param name="Listeners">Loopback ports with a listener outside the payload's reach.</param>
/// <param name="Limits">Limits of the run.</param>
/// <param name="WritableProject">The project may be written (a private copy).</param>
public sealed record ProofJob(
    string Name,
    IReadOnlyList<ProofFile> Files,
    IReadOnlyList<string> Command,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment,
    string Stdin,
    IReadOnlyList<string> Outputs,
    bool TraceCommands,
    IReadOnlyList<string> StandIns,
    IReadOnlyList<string> SecretFiles,
    IReadOnlyList<ProofListener> Listeners,
    ProofLimits Limits,
    bool WritableProject)
{
    /// <summary>A job with files and a command, nothing else set; <c>result.json</c> comes back.</summary>
    public static ProofJob Of(string name, IReadOnlyList<ProofFile> files, IReadOnlyList<string> command) => new(
        name, files, command, "/work", new SortedDictionary<string, string>(StringComparer.Ordinal), "", ["result.json"], false, [], [], [], ProofLimits.Default, false);
}

/// <summary>A text file of a job: path relative to <c>/work</c>.</summary>
public sealed record ProofFile(string Path, string Content, bool Executable = false);

/// <summary>A listener that answers each request with 200 and a body.</summary>
public sealed record ProofListener(int Port, string Body);

/// <summary>Limits of a job. Times in milliseconds, memory and disk in mebibytes.</summary>
public sealed record ProofLimits(int WallMs = 15_000, int CpuMs = 12_000, int MemoryMiB = 1024, int Processes = 128, int DiskMiB = 128)
{
    /// <summary>15 s, 12 s CPU, 1 GiB, 128 processes, 128 MiB disk.</summary>
    public static ProofLimits Default { get; } = new();
}
