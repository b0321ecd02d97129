using System.Diagnostics;
using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Adapters.Sandboxes.Unshare;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>Dependencies are installed in the sandbox through the registry mirror alone, and kept.</summary>
public sealed class DependencySetupTests : IDisposable
{
    private static readonly LocalSandbox s_sandbox = File.Exists("/usr/bin/bwrap") ? new BubblewrapSandbox() : new UnshareSandbox();
    private readonly ITestOutputHelper _output;
    private readonly string _project, _cache;

    public DependencySetupTests(ITestOutputHelper output)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && HostTools.NpmScript is not null, "npm on Linux is needed");
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        (_output, _project, _cache) = (output, SandboxFolders.Create(), SandboxFolders.Create());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_project, true);
        Directory.Delete(_cache, true);
    }

    private void Write(string path, string text)
    {
        string full = Path.Combine(_project, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task<DependencySet> Prepare(NpmSettings? settings, string module = "")
    {
        var setup = settings is null ? new NpmDependencySetup(s_sandbox, _cache) : new NpmDependencySetup(s_sandbox, _cache, () => Task.FromResult<NpmSettings?>(settings));
        var clock = Stopwatch.StartNew();
        var set = await setup.PrepareAsync(new SandboxTree(_project, "/work/app"), module, Ct);
        _output.WriteLine($"{clock.ElapsedMilliseconds} ms {(set is DependencySet.Failed failed ? failed.Reason + "\n" + failed.Log : "")}");
        return set;
    }

    private async Task<string> Run(DependencySet set, string code)
    {
        var ready = Assert.IsType<DependencySet.Ready>(set);
        var run = await s_sandbox.RunAsync(new SandboxSpec
        {
            Command = ["node", "-e", code], WorkingDirectory = "/work/app", Trees = [new SandboxTree(_project, "/work/app"), ready.Tree],
        }, Ct);
        _output.WriteLine(Encoding.UTF8.GetString(run.Stderr.Span));
        return Encoding.UTF8.GetString(run.Stdout.Span).Trim();
    }

    [Fact]
    public async Task A_package_of_the_real_registry_is_installed_and_used()
    {
        Write("package.json", """{"name":"x","version":"1.0.0","dependencies":{"ms":"2.1.3"}}""");
        Write(".npmrc", "registry=http://127.0.0.1:1/");
        var set = await Prepare(null);
        Assert.SkipWhen(set is DependencySet.Failed { Reason: var reason } && reason.Contains("can't be reached", StringComparison.Ordinal), "no registry can be reached and the package is not in npm's cache");
        Assert.Equal("7200000", await Run(set, "console.log(require('ms')('2h'))"));
    }

    [Fact]
    public async Task Production_dependencies_and_peers_come_without_their_scripts_and_the_second_time_from_the_cache()
    {
        using var registry = new FakeRegistry().Add("deep", "1.0.0", "module.exports='deep'").Add("a", "1.2.0", "module.exports='a'+require('deep')", ("deep", "^1.0.0"))
            .Add("@s/peer", "3.0.0", "module.exports='peer'").Add("dev", "1.0.0", "");
        Write("package.json", """{"dependencies":{"a":"^1.0.0"},"peerDependencies":{"@s/peer":">=2"},"devDependencies":{"dev":"1"},"scripts":{"preinstall":"exit 1"}}""");
        var first = await Prepare(registry.Settings);
        Assert.Equal("adeep peer", await Run(first, "console.log(require('a'), require('@s/peer'))"));
        string modules = ((DependencySet.Ready)first).Tree.HostPath;
        Assert.False(File.Exists(modules + "/SCRIPT-RAN"));
        Assert.False(Directory.Exists(modules + "/dev"));
        int asked = registry.Requests;
        Assert.Equal(modules, Assert.IsType<DependencySet.Ready>(await Prepare(registry.Settings)).Tree.HostPath);
        Assert.Equal(asked, registry.Requests);

        // Damaged: installed again, archives from the store.
        File.Delete(modules + "/deep/index.js");
        Assert.Equal("adeep", await Run(await Prepare(registry.Settings), "console.log(require('a'))"));
        Assert.Equal(asked, registry.Requests);
        Assert.Empty(Directory.GetDirectories(_cache + "/dependencies", ".new-*"));
    }

    [Fact]
    public async Task Optional_peers_come_only_where_the_package_needs_them_to_load()
    {
        using var registry = new FakeRegistry().Add("needed", "1.0.0", "module.exports=1").Add("unused", "1.0.0", "module.exports=2");
        Write("package.json", """{"main":"i.js","peerDependencies":{"needed":"*","unused":"*"},"peerDependenciesMeta":{"needed":{"optional":true},"unused":{"optional":true}}}""");
        Write("i.js", "module.exports = require('needed'); exports.late = () => require('unused');");
        var set = await Prepare(registry.Settings);
        Assert.Equal("1", await Run(set, "console.log(require('/work/app'))"));
        Assert.Equal(["needed"], Directory.GetDirectories(((DependencySet.Ready)set).Tree.HostPath).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_package_without_dependencies_gets_those_for_its_development_that_it_needs_to_load()
    {
        using var registry = new FakeRegistry().Add("needed", "1.0.0", "module.exports=1").Add("unused", "1.0.0", "module.exports=2");
        Write("package.json", """{"main":"i.js","devDependencies":{"needed":"*","unused":"*"}}""");
        Write("i.js", "module.exports = require('needed');");
        var set = await Prepare(registry.Settings);
        Assert.Equal("1", await Run(set, "console.log(require('/work/app'))"));
        Assert.Equal(["needed"], Directory.GetDirectories(((DependencySet.Ready)set).Tree.HostPath).Select(Path.GetFileName));
        Write("i.js", "module.exports = 3;");
        using var other = new FakeRegistry();
        Assert.IsType<DependencySet.NotNeeded>(await Prepare(other.Settings));
    }

    [Fact]
    public async Task A_manifest_may_begin_with_a_byte_order_mark()
    {
        using var registry = new FakeRegistry().Add("a", "1.0.0", "module.exports='a'");
        Write("package.json", "\uFEFF" + """{"dependencies":{"a":"*"}}""");
        Assert.Equal("a", await Run(await Prepare(registry.Settings), "console.log(require('a'))"));
    }

    [Fact]
    public async Task What_is_not_of_the_registry_is_left_out_and_said()
    {
        using var registry = new FakeRegistry().Add("a", "1.0.0", "module.exports='a'");
        Write("package.json", """{"dependencies":{"a":"*","g":"git+ssh://git@127.0.0.1/x.git","h":"owner/repository","f":"file:../x","w":"workspace:*","u":"http://127.0.0.1:1/x.tgz","absent":"^1.0.0"}}""");
        var set = await Prepare(registry.Settings);
        Assert.Equal("a", await Run(set, "console.log(require('a'))"));
        Assert.Equal(["absent", "f", "g", "h", "u", "w"], ((DependencySet.Ready)set).Missing.Select(m => m.Split(' ')[0]));
    }

    [Fact]
    public async Task The_nearest_package_of_a_repository_with_several_counts_first()
    {
        using var registry = new FakeRegistry().Add("a", "1.0.0", "module.exports=1").Add("a", "2.0.0", "module.exports=2").Add("b", "1.0.0", "module.exports='b'");
        Write("package.json", """{"dependencies":{"a":"1","b":"1"},"workspaces":["packages/*"]}""");
        Write("packages/x/package.json", """{"dependencies":{"a":"2"}}""");
        Assert.Equal("2 b", await Run(await Prepare(registry.Settings, "packages/x/lib/index.js"), "console.log(require('a'), require('b'))"));
    }

    [Fact]
    public async Task A_newer_version_than_the_kept_description_knows_is_found()
    {
        using var registry = new FakeRegistry().Add("a", "1.0.0", "module.exports=1");
        Write("package.json", """{"dependencies":{"a":"1.0.0"}}""");
        Assert.IsType<DependencySet.Ready>(await Prepare(registry.Settings));
        registry.Add("a", "1.1.0", "module.exports=1.1");
        Write("package.json", """{"dependencies":{"a":"1.1.0"}}""");
        Assert.Equal("1.1", await Run(await Prepare(registry.Settings), "console.log(require('a'))"));
    }

    [Fact]
    public async Task Without_a_registry_it_fails_with_the_reason()
    {
        Write("package.json", """{"dependencies":{"a":"1"}}""");
        var failed = Assert.IsType<DependencySet.Failed>(await Prepare(new NpmSettings(new Uri("http://127.0.0.1:1/"), "/nonexistent", "test")));
        Assert.StartsWith("the registry can't be reached", failed.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"devDependencies":{"a":"1"}}""")]
    public async Task A_project_without_dependencies_needs_nothing(string? manifest)
    {
        if (manifest is not null)
        {
            Write("package.json", manifest);
        }

        Assert.IsType<DependencySet.NotNeeded>(await Prepare(null));
    }

    [Fact]
    public async Task A_broken_manifest_is_said()
    {
        Write("package.json", "{");
        Assert.StartsWith("package.json can't be used", Assert.IsType<DependencySet.Failed>(await Prepare(null)).Reason, StringComparison.Ordinal);
    }
}
