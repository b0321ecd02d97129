namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

/// <summary>A point in time by a clock that never goes back.</summary>
internal sealed class Deadline(TimeProvider time, TimeSpan span)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>What is left, never below zero.</summary>
    public TimeSpan Left => span - time.GetElapsedTime(_start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    public bool Passed => Left == TimeSpan.Zero;

    /// <summary>Waits, but not beyond the deadline.</summary>
    public Task WaitAsync(TimeSpan wait, CancellationToken ct) => Task.Delay(wait < Left ? wait : Left, time, ct);
}
