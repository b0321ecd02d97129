using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>A scan that fails before its conclusion: it says so, and what it stored goes with it when its time is over.</summary>
public sealed class FailedScanTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-failed-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task What_it_stored_is_removed_with_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "code"));
        File.WriteAllText(Path.Combine(_folder, "code", "index.js"), "const cp = require('child_process');\nexports.run = function (task, done) { cp.exec('do ' + task, done); };\n");
        using var scans = LocalScanStore.Open(Path.Combine(_folder, "s.db"));
        using var disk = LocalArtifactStore.Open(Path.Combine(_folder, "a"));
        await scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop"), WriteCondition.Always, None);
        // Only the result of a scan names the tool's version.
        var artifacts = new RefusingStore(disk, text => text.Contains("\"ToolVersion\"", StringComparison.Ordinal));
        var services = new ScanServices(new GitSnapshotSource(), artifacts, scans, null!, null!, null!, null!);
        await using var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), new MemoryFlowJournal(), TimeProvider.System, 2);
        var options = ScanOptions.Default with { Validate = false, Patch = false };
        await runtime.StartAsync(ScanFlow.Name, "f1", new ScanRequest("s1", "r1", ScanKind.Full, Path.Combine(_folder, "code"), null, null, "main", null, 0, options), None);
        Assert.Equal(FlowState.Failed, (await runtime.WaitAsync("f1", None)).State);
        Assert.True(artifacts.Refused > 0);
        Assert.Equal(ScanStatus.Failed, (await scans.GetScanAsync("s1", None))!.Value.Status);

        var list = (await disk.FindAsync(FlowIds.Kept("r1", "s1"), None))!.Value;
        var used = await disk.GetJsonAsync<List<ArtifactRef>>(list, None);
        // The snapshot, its files, their roles, what was found.
        Assert.Equal(4, used.Count);
        foreach (var a in used) Assert.True(await disk.ExistsAsync(a.Sha256, None));
        Assert.Equal(1, await new Retention(scans, disk, Keep).RemoveAsync(DateTimeOffset.UtcNow + Keep + Keep, 10, None));
        Assert.Null(await scans.GetScanAsync("s1", None));
        foreach (var a in used) Assert.False(await disk.ExistsAsync(a.Sha256, None));
    }
}
