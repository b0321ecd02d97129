using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>A journal in memory.</summary>
public sealed class MemoryFlowJournal : IFlowJournal
{
    private readonly SortedDictionary<string, (FlowStatus Status, List<FlowEvent> Events)> _runs = new(StringComparer.Ordinal);

    public bool TryCreate(FlowStatus status, FlowEvent started)
    {
        lock (_runs) return _runs.TryAdd(status.InstanceId, (status, [started]));
    }

    public void Append(string instanceId, int sequence, FlowEvent e, FlowStatus status)
    {
        lock (_runs)
        {
            var events = _runs[instanceId].Events;
            if (events.Count != sequence) throw new InvalidOperationException("somebody else writes");
            events.Add(e);
            _runs[instanceId] = (status, events);
        }
    }

    public IReadOnlyList<FlowEvent> Read(string instanceId)
    {
        lock (_runs) return _runs.TryGetValue(instanceId, out var run) ? [.. run.Events] : [];
    }

    public FlowStatus? Get(string instanceId)
    {
        lock (_runs) return _runs.TryGetValue(instanceId, out var run) ? run.Status : null;
    }

    public IReadOnlyList<FlowStatus> List(string prefix, FlowState? state, int limit, string? after)
    {
        lock (_runs)
        {
            return [.. _runs.Values.Select(r => r.Status).Where(s => s.InstanceId.StartsWith(prefix, StringComparison.Ordinal) && (state is null || s.State == state)
                && (after is null || string.CompareOrdinal(s.InstanceId, after) > 0)).Take(limit)];
        }
    }

    public bool Delete(string instanceId)
    {
        lock (_runs) return _runs.TryGetValue(instanceId, out var run) && run.Status.State != FlowState.Running && _runs.Remove(instanceId);
    }
}
