using System.Diagnostics;
using System.Runtime.InteropServices;
using CodexSecurity.Adapters.Sandboxes.Launching;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>The assembled start program, on this machine and (where an emulator is there) on the other architecture.</summary>
public sealed class SyscallProgramTests
{
    [Theory]
    [InlineData(Architecture.X64, "/usr/bin/qemu-x86_64-static")]
    [InlineData(Architecture.Arm64, "/usr/bin/qemu-aarch64-static")]
    public async Task Calls_run_in_order_results_are_kept_and_a_failure_is_said_and_ends_it(Architecture architecture, string emulator)
    {
        bool native = RuntimeInformation.ProcessArchitecture == architecture;
        Assert.SkipUnless(OperatingSystem.IsLinux() && (native || File.Exists(emulator)), $"{emulator} is not installed");
        var n = SyscallNumbers.For(architecture)!;
        var p = new SyscallProgram(n, 2);
        p.Call("", n.Openat, -100, p.Text("/not/there"), 0, 0);
        p.Keep("open", n.Openat, -100, p.Text("/proc/self/comm"), 1, 0);
        p.Call("name", n.Write, SyscallProgram.Last, p.Text("abc"), 3);
        p.Call("close", n.Close, SyscallProgram.Last);
        p.Call("text", n.Write, 1, p.Text("one\n"), 4);
        p.Call("closed", n.Write, SyscallProgram.Last, p.Text("x"), 1);
        p.Call("text", n.Write, 1, p.Text("two\n"), 4);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, p.Build(), TestContext.Current.CancellationToken);
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(file, (UnixFileMode)0x1C0);
            }

            var start = native ? new ProcessStartInfo(file) : new ProcessStartInfo(emulator, [file]);
            (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
            using var process = Process.Start(start)!;
            Assert.Equal("one\n", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            Assert.Equal("setup closed\n", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(9, process.ExitCode); // EBADF
        }
        finally
        {
            File.Delete(file);
        }
    }
}
