using System.Diagnostics;
using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Adapters.Sandboxes.Unshare;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>The program itself ended by SIGKILL in the middle of a run: nobody is left to keep the limits, so nothing may go on.</summary>
public sealed class SupervisorKilledTests
{
    private const string Variable = "CODEX_SECURITY_TEST_SANDBOX_CHILD";

    [Theory]
    [InlineData("bubblewrap", false)]
    [InlineData("bubblewrap", true)]
    [InlineData("unshare", false)]
    [InlineData("unshare", true)]
    public async Task Nothing_outlives_the_supervisor(string driver, bool traced)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(driver == "bubblewrap" ? "/usr/bin/bwrap" : "/usr/bin/unshare"), $"{driver} is not installed");
        // As early as it can be seen, while the sandbox comes to stand, and with the payload running.
        foreach (int processes in (int[])[1, 1, 1, 2, 2])
        {
            string mark = "mark-" + Guid.NewGuid().ToString("N");
            using var child = Start($"{driver} {traced} {mark}");
            await WaitAsync(() => Marked(mark).Count >= processes || child.HasExited, milliseconds: 1);
            Assert.False(child.HasExited);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            await WaitAsync(() => Marked(mark).Count == 0, milliseconds: 50);
            Assert.Empty(Marked(mark));
        }
    }

    [Fact(Explicit = true)]
    public async Task The_child()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ') is not [var driver, var traced, var mark]) return;
        ISandbox sandbox = driver == "bubblewrap" ? new BubblewrapSandbox() : new UnshareSandbox();
        await sandbox.RunAsync(new SandboxSpec { Command = ["/bin/sh", "-c", "sleep 50; : " + mark], Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(100) }, Trace = traced == "True" ? SandboxTrace.Exec : SandboxTrace.None }, CancellationToken.None);
    }

    // Long, for a busy machine; a test that passes ends at once.
    private static async Task WaitAsync(Func<bool> holds, int milliseconds)
    {
        for (int i = 0; i < 30_000 / milliseconds && !holds(); i++)
        {
            await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        }
    }

    // The supervisor itself holds the mark in its environment only, and it is not looked at.
    private static List<string> Marked(string mark) => [.. Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(p[6]) && Read(p + "/cmdline").Contains(mark, StringComparison.Ordinal))];

    private static string Read(string file)
    {
        try
        {
            return Encoding.Latin1.GetString(File.ReadAllBytes(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Process Start(string what)
    {
        string[] run = ["-method", $"{typeof(SupervisorKilledTests).FullName}.{nameof(The_child)}", "-explicit", "only"];
        bool dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet";
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, dotnet ? [typeof(SupervisorKilledTests).Assembly.Location, .. run] : run)
        {
            Environment = { [Variable] = what }, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
    }
}
