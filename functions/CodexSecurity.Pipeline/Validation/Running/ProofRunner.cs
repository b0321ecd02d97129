using System.Collections.Immutable;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>Carries jobs to the sandbox and results back. Decides nothing.</summary>
public sealed class ProofRunner(ISandbox sandbox)
{
    /// <summary>Runs the jobs one after the other with the same nonces.</summary>
    public async Task<IReadOnlyList<ProofRun>> RunAllAsync(IReadOnlyList<ProofJob> jobs, ProjectUnderTest project, Nonces nonces, CancellationToken ct)
    {
        var runs = new List<ProofRun>(jobs.Count);
        foreach (var job in jobs)
        {
            runs.Add(await RunAsync(job, project, nonces, ct).ConfigureAwait(false));
            if (!runs[^1].Ran) break; // no sandbox: the rest would say the same
        }

        return runs;
    }

    /// <summary>Runs one job.</summary>
    public async Task<ProofRun> RunAsync(ProofJob job, ProjectUnderTest project, Nonces nonces, CancellationToken ct)
    {
        var run = await sandbox.RunAsync(Spec(job, project, nonces), ct).ConfigureAwait(false);
        return new ProofRun(
            job.Name, nonces, run.Outcome, run.Kill, run.Reason, run.ExitCode, run.Signal, Text(run.Stdout), Text(run.Stderr), run.Truncated,
            (long)run.Duration.TotalMilliseconds, (long)run.CpuTime.TotalMilliseconds, run.PeakMemory,
            [.. run.Outputs.Select(o => new ProofOutput(o.Path, Text(o.Content)))],
            [.. run.Observations.Commands.Select(c => new SeenCommand(c.Program, c.Arguments, c.Succeeded))],
            [.. run.Observations.Requests.Select(r => new SeenRequest(r.Port, Encoding.Latin1.GetString(r.Content.Span)))]);
    }

    private static SandboxSpec Spec(ProofJob job, ProjectUnderTest project, Nonces nonces)
    {
        byte[] Bytes(string text) => Encoding.UTF8.GetBytes(nonces.Fill(text));
        var trees = ImmutableArray.Create(project.Tree with { Writable = job.WritableProject });
        if (project.Dependencies is DependencySet.Ready ready) trees = trees.Add(ready.Tree);
        var limits = job.Limits;
        return new SandboxSpec
        {
            Command = [.. job.Command.Select(nonces.Fill)],
            Files = [.. job.Files.Select(f => new SandboxFile(nonces.Fill(f.Path), Bytes(f.Content), f.Executable ? 0x1ED : 0x1A4))],
            Trees = trees,
            WorkingDirectory = job.WorkingDirectory,
            Environment = SandboxSpec.Offline.SetItems(job.Environment.Select(p => KeyValuePair.Create(p.Key, nonces.Fill(p.Value)))),
            Stdin = Bytes(job.Stdin),
            Limits = SandboxLimits.Default with
            {
                Wall = TimeSpan.FromMilliseconds(limits.WallMs), Cpu = TimeSpan.FromMilliseconds(limits.CpuMs), MemoryBytes = (long)limits.MemoryMiB << 20,
                Processes = limits.Processes, DiskBytes = (long)limits.DiskMiB << 20,
            },
            Outputs = [.. job.Outputs.Select(nonces.Fill)],
            Trace = job.TraceCommands ? SandboxTrace.Exec : SandboxTrace.None,
            CommandCanaries = [.. job.StandIns.Select(nonces.Fill)],
            NetworkCanaries = [.. job.Listeners.Select(l => new NetworkCanary(l.Port, nonces.Fill(l.Body)))],
            FileCanaries = [.. job.SecretFiles.Select(p => new FileCanary(nonces.Fill(p), Encoding.UTF8.GetBytes(nonces.Secret)))],
        };
    }

    private static string Text(ReadOnlyMemory<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes.Span);
        return text.Length <= ProofRun.MaxText ? text : text[..ProofRun.MaxText];
    }
}
