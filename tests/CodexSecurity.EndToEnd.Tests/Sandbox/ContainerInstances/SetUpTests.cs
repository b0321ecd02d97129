using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Dependencies installed in a group of the set-up subnet, from a registry of this test.</summary>
public sealed class SetUpTests : IDisposable
{
    private readonly string _project = Directory.CreateTempSubdirectory("codex-project-").FullName, _cache = Directory.CreateTempSubdirectory("codex-cache-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_project, true);
        Directory.Delete(_cache, true);
    }

    private static async Task<Cloud> ReadyAsync(FakeRegistry registry)
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        Assert.SkipUnless(File.Exists("/usr/bin/npm"), "npm is not installed");
        var cloud = new Cloud(Settings(registry), store: true);
        var status = await cloud.Sandbox.ProbeSetUpAsync(Ct);
        Assert.True(status.Available, status.Reason);
        cloud.Manager.OnMade = group => { group.OpenNetwork = (string)group.Properties["subnetIds"]![0]!["id"]! == Cloud.Subnet("setup"); return true; };
        return cloud;
    }

    private static ContainerInstancesSettings Settings(FakeRegistry registry) =>
        Cloud.Settings with { InputEndpoint = "127.0.0.1", NpmRegistry = registry.Settings.Registry.AbsoluteUri, Places = [Cloud.Settings.Places[0]] };

    [Fact]
    public async Task Dependencies_are_installed_delivered_kept_and_shown_to_a_run()
    {
        using var registry = new FakeRegistry().Add("one", "1.0.0", "module.exports = 'one ' + require('two')", ("two", "^1.0.0")).Add("two", "1.2.0", "module.exports = 'two'");
        await using var cloud = await ReadyAsync(registry);
        await File.WriteAllTextAsync(_project + "/package.json", """{ "name": "app", "dependencies": { "one": "1.0.0", "absent": "1.0.0" } }""", Ct);
        await File.WriteAllTextAsync(_project + "/index.js", "console.log(require('one'))", Ct);
        var setup = new ContainerDependencySetup(cloud.Sandbox, Settings(registry), _cache);
        var set = await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), Ct);
        Assert.True(set is DependencySet.Ready, set.ToString());
        var ready = (DependencySet.Ready)set;
        Assert.Equal(["absent (not in the registry)"], ready.Missing);
        Assert.False(File.Exists(ready.Tree.HostPath + "/SCRIPT-RAN"));
        Assert.Empty(cloud.Manager.Left);
        Assert.Empty(cloud.Manager.Jobs);
        Assert.DoesNotContain("dnsConfig", cloud.Manager.Made.Last().Properties.Select(p => p.Key));

        cloud.Manager.OnMade = _ => true;
        var run = await cloud.Sandbox.RunAsync(new SandboxSpec { Command = ["node", "/work/app/index.js"], Trees = [new SandboxTree(_project, "/work/app"), ready.Tree] }, Ct);
        Assert.Equal("one two\n", Encoding.UTF8.GetString(run.Stdout.Span));

        int made = cloud.Manager.Made.Count;
        Assert.IsType<DependencySet.Ready>(await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), Ct));
        Assert.Equal(made, cloud.Manager.Made.Count);
    }

    [Fact]
    public async Task The_install_knows_neither_the_delivery_address_nor_the_job()
    {
        using var registry = new FakeRegistry();
        await using var cloud = await ReadyAsync(registry);
        string output = Directory.CreateDirectory(_cache + "/out").FullName;
        var run = await cloud.Sandbox.RunSetUpAsync(new SandboxSpec { Command = ["/bin/sh", "-c", "cat /proc/[0-9]*/environ /mnt/job/* | tr '\\0' '\\n' | grep -a -e sig -e RUNNER; mkdir /work/d; echo x >/work/d/f; ln -s /etc/passwd /work/d/l"], Outputs = ["/work/d"] }, output, Ct);
        Assert.True(run is { Outcome: SandboxOutcome.Exited, ExitCode: 0 }, $"{run.Outcome} {run.Reason}");
        Assert.Equal("", Encoding.UTF8.GetString(run.Stdout.Span));
        Assert.Equal(["/work/d/f"], run.Outputs.Select(o => o.Path));
        Assert.Equal("x\n", await File.ReadAllTextAsync(output + "/work/d/f", Ct));
        Assert.Empty(cloud.Manager.Jobs);
    }

    [Fact]
    public async Task A_delivery_that_is_not_the_runs_own_is_refused()
    {
        using var registry = new FakeRegistry();
        await using var cloud = await ReadyAsync(registry);
        var before = cloud.Manager.OnMade;
        cloud.Manager.OnMade = group =>
        {
            _ = Task.Run(async () =>
            {
                while (cloud.Manager.Jobs.IsEmpty) await Task.Delay(1);
                foreach (string name in cloud.Manager.Jobs.Keys) cloud.Manager.Jobs[name] = new byte[10240];
            });
            return before(group);
        };
        var run = await cloud.Sandbox.RunSetUpAsync(new SandboxSpec { Command = ["/bin/sh", "-c", "mkdir /work/d; echo x >/work/d/f"], Outputs = ["/work/d"] }, Directory.CreateDirectory(_cache + "/out").FullName, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("not those that were sent", run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_without_dependencies_costs_no_group()
    {
        await using var cloud = new Cloud(store: true);
        var setup = new ContainerDependencySetup(cloud.Sandbox, Cloud.Settings, _cache);
        await File.WriteAllTextAsync(_project + "/package.json", """{ "name": "app" }""", Ct);
        Assert.IsType<DependencySet.NotNeeded>(await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), Ct));
        await File.WriteAllTextAsync(_project + "/package.json", "{", Ct);
        Assert.IsType<DependencySet.Failed>(await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), Ct));
        await File.WriteAllTextAsync(_project + "/package.json", """{ "dependencies": { "a": "1" } }""", Ct);
        // No endpoint is set: nothing is asked for.
        Assert.Contains("no storage for set-up", Assert.IsType<DependencySet.Failed>(await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), Ct)).Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Requests);
    }
}
