using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Pipeline.Tests.Flow;

public class MemoryFlowRuntimeTests : FlowRuntimeContract
{
    private readonly MemoryFlowJournal _journal = new();

    protected override Task<RuntimeUnderTest> OpenAsync(FlowRegistry registry, CrashPlan? crash = null, Action<FlowEvent>? kept = null)
    {
        var runtime = JournalFlowRuntime.Open(registry, new CrashingJournal(_journal, crash, kept), TimeProvider.System, 4);
        return Task.FromResult(new RuntimeUnderTest(runtime, runtime.DisposeAsync));
    }
}
