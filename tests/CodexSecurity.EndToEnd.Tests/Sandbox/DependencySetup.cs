using System.Diagnostics;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>Dependencies are installed in the sandbox through the registry socket alone.</summary>
public sealed class DependencySetup(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_installed_dependency_can_be_used_in_a_run()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        var sandbox = new BubblewrapSandbox();
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(folder + "/package.json", """{"name":"x","version":"1.0.0","dependencies":{"ms":"2.1.3"}}""", Ct);
            await File.WriteAllTextAsync(folder + "/.npmrc", "registry=http://127.0.0.1:1/", Ct);
            var clock = Stopwatch.StartNew();
            var set = await new NpmDependencySetup(sandbox).PrepareAsync(new SandboxTree(folder, "/work/app"), Ct);
            output.WriteLine($"{clock.ElapsedMilliseconds} ms {(set is DependencySet.Failed failed ? failed.Reason + failed.Log : "")}");
            var ready = Assert.IsType<DependencySet.Ready>(set);
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
            }

            var run = await sandbox.RunAsync(new SandboxSpec
            {
                Command = ["node", "-e", "console.log(require('ms')('2h'))"], WorkingDirectory = "/work/app",
                Trees = [new SandboxTree(folder, "/work/app"), ready.Tree],
            }, Ct);
            Assert.Equal("7200000\n", Encoding.UTF8.GetString(run.Stdout.Span));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_project_without_dependencies_needs_nothing()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Assert.IsType<DependencySet.NotNeeded>(await new NpmDependencySetup(new BubblewrapSandbox()).PrepareAsync(new SandboxTree(folder, "/work/app"), Ct));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
