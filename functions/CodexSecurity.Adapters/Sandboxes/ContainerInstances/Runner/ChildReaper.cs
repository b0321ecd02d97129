using System.Collections.Concurrent;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// Reaps every child of this process, as the first process of a container has to: those it started, and orphans that the run leaves. Without it the dead would count
/// against the run's processes, and their CPU time would be lost.
/// </summary>
internal sealed class ChildReaper
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<int>> _ends = new();
    private readonly HashSet<int> _own = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, TimeSpan> _reaped = [];

    public ChildReaper()
    {
        RunnerNative.BecomeReaper();
        new Thread(Loop) { IsBackground = true, Name = "reaper" }.Start();
    }

    /// <summary>CPU time of orphans reaped so far.</summary>
    public TimeSpan Orphans
    {
        get
        {
            lock (_lock)
            {
                return _reaped.Where(u => !_own.Contains(u.Key)).Aggregate(TimeSpan.Zero, (sum, u) => sum + u.Value);
            }
        }
    }

    /// <summary>The end of a child that this process started: exit code, or the negative signal.</summary>
    public Task<int> EndOf(int pid)
    {
        lock (_lock)
        {
            _own.Add(pid);
        }

        return Completion(pid).Task;
    }

    private TaskCompletionSource<int> Completion(int pid) => _ends.GetOrAdd(pid, _ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Loop()
    {
        while (true)
        {
            if (RunnerNative.WaitAny() is not { } end)
            {
                Thread.Sleep(5); // no child at the moment
                continue;
            }

            lock (_lock)
            {
                // A child may end before its starter has said that it is its own.
                _reaped[end.Pid] = _reaped.GetValueOrDefault(end.Pid) + end.Cpu;
            }

            Completion(end.Pid).TrySetResult(end.Status);
        }
    }
}
