using System.Text.Json;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>What a version of the program left behind when it was killed, and another one finds.</summary>
public sealed class OtherVersionTests : IDisposable
{
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    // Another input of its first step, or a request of another form.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scan_that_another_version_began_begins_anew(bool readable)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = _cli.Project("app", ("index.js", "module.exports = code => eval(code);\n"), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        string[] scan = ["scan", folder, "--no-validate", "--no-patch", "--format", "json"];
        var first = await _cli.RunAsync(scan);
        var id = JsonDocument.Parse(first.Output).RootElement.GetProperty("scan").GetProperty("id").GetString()!;
        // A history whose first step had another input.
        using (var journal = SqliteFlowJournal.Open(new LocalHome(Path.Combine(_cli.Folder, "home"), "test").Journal(id)))
        {
            var begun = new TaskCompletionSource();
            var registry = new FlowRegistry().AddStep<string, bool>(StepNames.Begin, (_, _) => Task.FromResult(true)).AddFlow<object, bool>(ScanFlow.Name, ScanFlow.Version, async (c, _) =>
            {
                await c.StepAsync<string, bool>(StepNames.Begin, "another");
                begun.TrySetResult();
                return (await c.WaitForEventAsync<bool>("never", TimeSpan.FromDays(1))).Value;
            });
            await using var runtime = JournalFlowRuntime.Open(registry, journal, TimeProvider.System, 1);
            await runtime.StartAsync<object>(ScanFlow.Name, id, readable ? new ScanRequest(id, "r", ScanKind.Full, folder, null, null, "", null, 0, ScanOptions.Default, null) : "another form", ct);
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
        }
        var second = await _cli.RunAsync(scan);
        Assert.True(second.Exit == 0, second.Error);
        Assert.Contains("injection.code", second.Output, StringComparison.Ordinal);
    }

    // Runs in flight at an upgrade compare the digest of a step's input with the one in their history.
    [Fact]
    public void Inputs_of_steps_are_written_as_in_the_histories_of_runs_in_flight()
    {
        var artifact = new ArtifactRef("a", 1, "t");
        const string Stored = """{"Sha256":"a","Size":1,"MediaType":"t"}""";
        Assert.Equal($$"""{"Snapshot":{{Stored}},"Selection":{{Stored}},"ThreatModel":null,"Jobs":2}""", FlowJson.Write(new DetectInput(artifact, artifact, null, 2)));
        var request = new ScanRequest("s", "r", ScanKind.Full, "l", null, null, "b", null, 0, ScanOptions.Default, null);
        Assert.EndsWith(""","History":[],"Failures":[]}""", FlowJson.Write(new ConcludeInput(request, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, artifact, artifact, null, null, [], [])), StringComparison.Ordinal);
    }
}
