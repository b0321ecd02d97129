using System.Collections.Immutable;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>What every driver keeps to: a test class a driver. Each test looks only at what its own run started.</summary>
public abstract partial class SandboxContract(ISandbox sandbox, string tool, ITestOutputHelper output)
{
    private static readonly SandboxLimits s_small = SandboxLimits.Default with
    {
        Wall = TimeSpan.FromSeconds(60), Cpu = TimeSpan.FromSeconds(1), MemoryBytes = 256L << 20, Processes = 64, DiskBytes = 16L << 20, OutputBytes = 1 << 20,
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<SandboxRun> RunAsync(SandboxSpec spec)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(tool), $"{tool} is not installed");
        var status = await sandbox.ProbeAsync(Ct);
        Assert.True(status.Available, status.Reason);
        var run = await sandbox.RunAsync(spec, Ct);
        output.WriteLine($"{run.Outcome} {run.Kill} {run.ExitCode} {run.Reason} {run.Duration.TotalMilliseconds:F0} ms cpu {run.CpuTime.TotalMilliseconds:F0} peak {run.PeakMemory >> 20} MiB\n{Text(run.Stdout)[..Math.Min(run.Stdout.Length, 2000)]}\n{Text(run.Stderr)[..Math.Min(run.Stderr.Length, 2000)]}");
        return run;
    }

    private Task<SandboxRun> Run(string program, string[]? outputs = null) => Run(s_small, program, outputs, NewMark());

    private static string NewMark() => "mark-" + Guid.NewGuid().ToString("N");

    private Task<SandboxRun> Run(SandboxLimits limits, string program, string[]? outputs, string mark) => RunAsync(new SandboxSpec
    {
        Command = ["/usr/bin/python3", "a.py", mark],
        Files = [new SandboxFile("a.py", Encoding.UTF8.GetBytes(program))],
        Environment = ImmutableSortedDictionary<string, string>.Empty.Add("MARK", mark),
        Limits = limits,
        Outputs = [.. outputs ?? []],
    });

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    // Whatever runs inside carries the mark in its arguments or its environment, frame and payload in both. What other tests or the
    // machine run does not count. Launchers outside need no look: the driver waits for its own child.
    private static void AssertNothingLeft(string mark)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(mark);
        var left = Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(p[6]) && (Holds(p + "/cmdline", bytes) || Holds(p + "/environ", bytes)))
            .Select(p => $"{p} {Read(p + "/stat")}");
        Assert.Empty(left);
        Assert.DoesNotContain("/newroot", File.ReadAllText("/proc/mounts"), StringComparison.Ordinal);
    }

    private static bool Holds(string file, byte[] mark) => Encoding.Latin1.GetBytes(Read(file)).AsSpan().IndexOf(mark) >= 0;

    private static string Read(string file)
    {
        try
        {
            return Encoding.Latin1.GetString(File.ReadAllBytes(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // ended meanwhile, or another user's
        }
    }
}
