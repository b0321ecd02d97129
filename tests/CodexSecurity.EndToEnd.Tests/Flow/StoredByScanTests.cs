using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.EndToEnd.Tests.Ingest;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>Everything that a scan stores goes with it when its time is over: what its history stored, and what one stored that failed before its conclusion.</summary>
public sealed class StoredByScanTests : GitLab
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_it_stays(bool fails)
    {
        Repository("shop");
        Write("shop/index.js", "const cp = require('child_process');\nexports.run = function (task, done) { cp.exec('do ' + task, done); };\n");
        Commit("shop", "second");
        Write("shop/README.md", "A shop.\n");
        Commit("shop", "third");
        using var scans = LocalScanStore.Open(At("s.db"));
        using var disk = LocalArtifactStore.Open(At("a"));
        await scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop"), WriteCondition.Always, None);
        // Only the result of a scan names the tool's version.
        var artifacts = new RefusingStore(disk, text => fails && text.Contains("\"ToolVersion\"", StringComparison.Ordinal));
        var services = new ScanServices(Source, artifacts, scans, null!, null!, null!, null!);
        await using var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), new MemoryFlowJournal(), TimeProvider.System, 2);
        var options = ScanOptions.Default with { Validate = false, Patch = false };
        await runtime.StartAsync(ScanFlow.Name, "f1", new ScanRequest("s1", "r1", ScanKind.Full, At("shop"), "HEAD", null, "main", null, 2, options), None);
        Assert.Equal(fails ? FlowState.Failed : FlowState.Completed, (await runtime.WaitAsync("f1", None)).State);
        Assert.Equal(fails, artifacts.Refused > 0);
        Assert.Equal(fails ? ScanStatus.Failed : ScanStatus.Completed, (await scans.GetScanAsync("s1", None))!.Value.Status);

        // Three states were looked at: a snapshot each, and the files in it.
        Assert.True(Blobs() > 6);
        await scans.DeleteRepositoryAsync("r1", None);
        Assert.Equal(1, await new Retention(scans, disk, Keep).RemoveAsync(DateTimeOffset.UtcNow + Keep, 10, None));
        Assert.Equal(0, Blobs());
    }

    private int Blobs() => Directory.EnumerateFiles(At("a/blobs"), "*", SearchOption.AllDirectories).Count();
}
