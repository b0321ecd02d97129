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

    /// <summary>A snapshot that was altered fails the scan, which says so and does not stay "running".</summary>
    [Fact]
    public async Task One_that_failed_over_what_is_stored_is_recorded_as_failed()
    {
        Repository("shop");
        using var scans = LocalScanStore.Open(At("s.db"));
        using var disk = LocalArtifactStore.Open(At("a"));
        await scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop"), WriteCondition.Always, None);
        // When the findings are to be stored, everything that was stored before is altered.
        var artifacts = new RefusingStore(disk, text =>
        {
            if (!text.Contains("\"Model\"", StringComparison.Ordinal)) return false;
            foreach (var blob in Directory.EnumerateFiles(At("a/blobs"), "*", SearchOption.AllDirectories)) File.WriteAllText(blob, "altered");
            return true;
        });
        var services = new ScanServices(Source, artifacts, scans, null!, null!, null!, null!);
        await using var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), new MemoryFlowJournal(), TimeProvider.System, 2);
        var request = new ScanRequest("s1", "r1", ScanKind.Full, At("shop"), "HEAD", null, "main", null, 0, ScanOptions.Default with { Validate = false, Patch = false });
        await runtime.StartAsync(ScanFlow.Name, "f1", request, None);
        Assert.Equal(FlowState.Failed, (await runtime.WaitAsync("f1", None)).State);
        Assert.True(artifacts.Refused > 0);
        Assert.Equal(ScanStatus.Failed, (await scans.GetScanAsync("s1", None))!.Value.Status);
    }

    private int Blobs() => Directory.EnumerateFiles(At("a/blobs"), "*", SearchOption.AllDirectories).Count();
}
