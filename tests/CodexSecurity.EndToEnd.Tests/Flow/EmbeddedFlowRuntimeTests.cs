using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Flow;

public sealed class EmbeddedFlowRuntimeTests : FlowRuntimeContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-flow-").FullName;

    private string JournalPath => Path.Combine(_folder, "flows.db");

    public void Dispose() => Directory.Delete(_folder, true);

    protected override Task<RuntimeUnderTest> OpenAsync(FlowRegistry registry, CrashPlan? crash = null, Action<FlowEvent>? kept = null)
    {
        var journal = SqliteFlowJournal.Open(JournalPath);
        var runtime = JournalFlowRuntime.Open(registry, new CrashingJournal(journal, crash, kept), TimeProvider.System, 4);
        return Task.FromResult(new RuntimeUnderTest(runtime, async () => { await runtime.DisposeAsync(); journal.Dispose(); }));
    }

    [Fact]
    public void A_journal_is_held_by_one_process_at_a_time()
    {
        using (SqliteFlowJournal.Open(JournalPath)) Assert.Throws<StoreUnavailableException>(() => SqliteFlowJournal.Open(JournalPath));
        SqliteFlowJournal.Open(JournalPath).Dispose();
    }
}
