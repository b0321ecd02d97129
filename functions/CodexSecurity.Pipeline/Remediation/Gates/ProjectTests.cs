using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>Runs the project's own tests before and after. They count only where they ran before: development dependencies are usually not installed.</summary>
internal sealed class ProjectTests(ISandbox sandbox)
{
    private readonly ConcurrentDictionary<string, TestRun> _before = new(StringComparer.Ordinal);

    private sealed record TestRun(bool CouldRun, string Reason, int Exit, string Summary);

    /// <summary>The gate and the runs it took.</summary>
    /// <param name="stateKey">Names the unpatched state.</param>
    /// <param name="package">Folder of the package whose tests are run.</param>
    /// <param name="files">The unpatched files.</param>
    /// <param name="before">The unpatched state.</param>
    /// <param name="after">The patched state.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(PatchGate Gate, int Runs)> CompareAsync(string stateKey, string package, IReadOnlyDictionary<string, SnapshotFile> files, ProofProject before, ProofProject after, CancellationToken ct)
    {
        if (!files.TryGetValue(PackageFolders.In(package, PackageFolders.Manifest), out var manifest)) return (NotRun("there is no package.json"), 0);
        if (TestScript.Of(Encoding.UTF8.GetString(manifest.Content.Span), out var reason) is not { } command) return (NotRun(reason), 0);
        var (runs, key) = (0, $"{stateKey} {package}");
        if (!_before.TryGetValue(key, out var first))
        {
            first = await RunAsync(command, package, before, ct).ConfigureAwait(false);
            _before[key] = first;
            runs++;
        }
        if (!first.CouldRun) return (NotRun(first.Reason), runs);
        var second = await RunAsync(command, package, after, ct).ConfigureAwait(false);
        runs++;
        if (Same(first, second)) return (new PatchGate(GateNames.ProjectTests, GateOutcome.Passed, $"\"{command}\" gives the same as before: {Say(first)}"), runs);
        // Tests that change by themselves say nothing of the patch.
        var again = await RunAsync(command, package, before, ct).ConfigureAwait(false);
        return (Same(first, again) ? new PatchGate(GateNames.ProjectTests, GateOutcome.Failed, $"\"{command}\" gave {Say(first)}, and now {Say(second)}") : NotRun("the tests do not give the same twice even before the patch"), runs + 1);
    }

    private static PatchGate NotRun(string reason) => new(GateNames.ProjectTests, GateOutcome.NotRun, reason);

    private static bool Same(TestRun a, TestRun b) => a.CouldRun && b.CouldRun && a.Exit == b.Exit && a.Summary == b.Summary;

    private static string Say(TestRun run) => !run.CouldRun ? run.Reason : $"exit status {run.Exit}{(run.Summary.Length > 0 ? $" ({run.Summary})" : "")}";

    private async Task<TestRun> RunAsync(string command, string package, ProofProject project, CancellationToken ct)
    {
        var trees = ImmutableArray.Create(project.Tree with { Writable = true });
        var bin = project.Tree.Target + "/node_modules/.bin";
        if (project.Dependencies is DependencySet.Ready ready) (trees, bin) = (trees.Add(ready.Tree), ready.Tree.Target + "/.bin:" + bin);
        var spec = new SandboxSpec
        {
            Command = ["sh", "-c", $"PATH=\"{bin}:$PATH\"; export PATH; {command}"],
            Trees = trees,
            WorkingDirectory = PackageFolders.In(project.Tree.Target, package).TrimEnd('/'),
            Environment = SandboxSpec.Offline.Add("CI", "true").Add("NO_COLOR", "1"),
            Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(30), Cpu = TimeSpan.FromSeconds(30) },
        };
        var run = await sandbox.RunAsync(spec, ct).ConfigureAwait(false);
        if (run.Outcome is SandboxOutcome.Unavailable or SandboxOutcome.SetUpError) return new TestRun(false, "the sandbox did not carry them out: " + run.Reason, -1, "");
        if (run.Kill != SandboxKill.None) return new TestRun(false, $"they do not end within the {run.Kill} limit", -1, "");
        var (output, errors) = (Encoding.UTF8.GetString(run.Stdout.Span), Encoding.UTF8.GetString(run.Stderr.Span));
        var summary = TestScript.Summary(output + "\n" + errors);
        return run.ExitCode == 0 || summary.Length > 0 ? new TestRun(true, "", run.ExitCode, summary)
            : new TestRun(false, $"\"{command}\" does not run in the sandbox (exit status {run.ExitCode}): {Telling(errors.Length > 0 ? errors : output)}", run.ExitCode, "");
    }

    private static string Telling(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = lines.FirstOrDefault(l => l.Contains("not found", StringComparison.OrdinalIgnoreCase) || l.Contains("Cannot find", StringComparison.Ordinal) || l.Contains("Error", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "no output";
        return line.Length > 160 ? line[..160] : line;
    }
}
