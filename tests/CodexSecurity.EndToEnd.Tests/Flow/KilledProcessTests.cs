using System.Diagnostics;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>A real process with a real journal, ended by SIGKILL again and again.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private const string ChildFolder = "CODEX_SECURITY_TEST_FLOW_CHILD";
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task A_killed_process_goes_on_where_it_was()
    {
        var log = Path.Combine(_folder, "log");
        var ended = new HashSet<string>();
        var kills = 0;
        for (var lines = 0; ;)
        {
            using var child = Start();
            // Each life gets a few steps further before it is killed, at an arbitrary moment.
            while (!child.HasExited && Lines(log).Length < lines + 4) await Task.Delay(1);
            if (!child.HasExited) { child.Kill(); kills++; }
            await child.WaitForExitAsync();
            var all = Lines(log);
            Assert.DoesNotContain(all[lines..], ended.Contains);
            lines = all.Length;
            using var journal = SqliteFlowJournal.Open(Path.Combine(_folder, "flows.db"));
            ended = [.. journal.Read("run").Where(e => e is { Kind: FlowEventKind.Done, Name: "part" }).Select(e => FlowJson.Read<int>(e.Payload).ToString())];
            if (journal.Get("run") is { State: not FlowState.Running } end)
            {
                Assert.Equal(Enumerable.Range(0, 24).Sum(), end.Result<int>());
                Assert.Equal(24, ended.Count);
                Assert.Equal(24, all.Distinct().Count());
                Assert.InRange(kills, 3, 40);
                // Twice only what was in flight at a kill: three parts at a time.
                Assert.InRange(all.Length, 24, 24 + 3 * kills);
                break;
            }
        }
    }

    private static string[] Lines(string log) => File.Exists(log) ? File.ReadAllText(log).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];

    // The child is this very program, told to run nothing but the explicit test below.
    private Process Start()
    {
        string[] run = ["-method", $"{typeof(KilledProcessTests).FullName}.{nameof(The_child)}", "-explicit", "only"];
        var dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet";
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, dotnet ? [typeof(KilledProcessTests).Assembly.Location, .. run] : run)
        {
            Environment = { [ChildFolder] = _folder }, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
    }

    [Fact(Explicit = true)]
    public async Task The_child()
    {
        if (Environment.GetEnvironmentVariable(ChildFolder) is not { Length: > 0 } folder) return;
        var gate = new Lock();
        var registry = new FlowRegistry()
            .AddStep<int, int>("part", async (x, ct) =>
            {
                lock (gate) File.AppendAllText(Path.Combine(folder, "log"), x + "\n");
                await Task.Delay(5 + x % 3 * 5, ct);
                return x;
            })
            .AddFlow<int, int>("flow", 1, async (c, n) => (await c.FanOutAsync<int, int>("part", Enumerable.Range(0, n).ToList(), 3)).Sum(p => p.Value));
        using var journal = SqliteFlowJournal.Open(Path.Combine(folder, "flows.db"));
        await using var runtime = JournalFlowRuntime.Open(registry, journal, TimeProvider.System, 4);
        await runtime.StartAsync("flow", "run", 24, CancellationToken.None);
        await runtime.WaitAsync("run", CancellationToken.None);
    }
}
