using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>Where a simulated crash comes: at write number <paramref name="Write"/> (from 1), which is kept or lost.</summary>
public sealed record CrashPlan(int Write, bool Kept);

/// <summary>Ends the runtime at a chosen write, as a kill would, and counts the writes.</summary>
public sealed class CrashingJournal(IFlowJournal inner, CrashPlan? plan, Action<FlowEvent>? kept = null) : IFlowJournal
{
    private int _writes;

    /// <summary>Whether the crash came.</summary>
    public bool Crashed { get; private set; }

    public bool TryCreate(FlowStatus status, FlowEvent started) => Write(() => inner.TryCreate(status, started), started);

    public void Append(string instanceId, int sequence, FlowEvent e, FlowStatus status) => Write(() => { inner.Append(instanceId, sequence, e, status); return true; }, e);

    public IReadOnlyList<FlowEvent> Read(string instanceId) => Alive(() => inner.Read(instanceId));
    public FlowStatus? Get(string instanceId) => Alive(() => inner.Get(instanceId));
    public IReadOnlyList<FlowStatus> List(string prefix, FlowState? state, int limit, string? after) => Alive(() => inner.List(prefix, state, limit, after));
    public bool Delete(string instanceId) => Alive(() => inner.Delete(instanceId));

    private T Alive<T>(Func<T> access)
    {
        lock (inner) return Crashed ? throw new IOException("crashed") : access();
    }

    private bool Write(Func<bool> write, FlowEvent e)
    {
        lock (inner)
        {
            if (Crashed) throw new IOException("crashed");
            var last = ++_writes == plan?.Write;
            if (last && !plan!.Kept) { Crashed = true; throw new IOException("crashed before the write"); }
            var done = write();
            kept?.Invoke(e);
            if (last) { Crashed = true; throw new IOException("crashed after the write"); }
            return done;
        }
    }
}
