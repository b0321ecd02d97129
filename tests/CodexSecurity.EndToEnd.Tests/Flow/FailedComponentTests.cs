using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>A large program is analysed by components: where one fails, the others' findings stand and the scan says what is missing.</summary>
public sealed class FailedComponentTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-component-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task Its_files_are_not_analysed_and_the_scan_is_incomplete()
    {
        var filler = string.Concat(Enumerable.Repeat("// What this package is for and how it is used, at length.\n", 20_000));
        foreach (var name in (string[])["jobs", "web", "mail", "tax"])
        {
            Write($"packages/{name}/package.json", $$"""{ "name": "{{name}}", "main": "index.js" }""");
            Write($"packages/{name}/index.js", $"const cp = require('child_process');\nexports.{name} = function (task, done) {{ cp.exec('do ' + task, done); }};\n");
            Write($"packages/{name}/about.js", filler);
            Write($"packages/{name}/more.js", filler);
        }
        using var scans = LocalScanStore.Open(Path.Combine(_folder, "s.db"));
        using var disk = LocalArtifactStore.Open(Path.Combine(_folder, "a"));
        var artifacts = new RefusingStore(disk, text => text.StartsWith("{\"Candidates\"", StringComparison.Ordinal) && text.Contains("packages/web/index.js", StringComparison.Ordinal));
        var services = new ScanServices(new GitSnapshotSource(), artifacts, scans, null!, null!, null!, null!);
        await using var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), new MemoryFlowJournal(), TimeProvider.System, 2);
        var options = ScanOptions.Default with { Validate = false, Patch = false };
        await runtime.StartAsync(ScanFlow.Name, "f1", new ScanRequest("s1", "r1", ScanKind.Full, Path.Combine(_folder, "code"), null, null, "main", null, 0, options), None);
        var output = (await runtime.WaitAsync("f1", None)).Result<ScanOutput>();
        Assert.True(artifacts.Refused > 0);
        Assert.Equal(ScanStatus.Incomplete, output.Status);
        var result = await disk.GetJsonAsync<ScanResult>(output.Result, None);
        Assert.Equal(["packages/jobs/index.js", "packages/mail/index.js", "packages/tax/index.js"], result.Findings.Select(f => f.Candidate.Sink.Path).Order(StringComparer.Ordinal));
        Assert.False(result.Coverage.Complete);
        Assert.DoesNotContain(result.Coverage.Files, f => f.Path.StartsWith("packages/web/", StringComparison.Ordinal));
        Assert.Equal(["packages/web/about.js", "packages/web/index.js", "packages/web/more.js"], result.Coverage.Unfinished.Select(u => u.Path).Where(p => p.StartsWith("packages/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(result.Notes, n => n.Contains("a component of the program was not analysed", StringComparison.Ordinal));
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder, "code", path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
