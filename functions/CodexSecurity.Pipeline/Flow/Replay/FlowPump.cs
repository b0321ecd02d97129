namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>Runs a flow's continuations one after another on the thread that applies an event; nothing of a flow runs at any other time.</summary>
internal sealed class FlowPump : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private int _thread;

    /// <summary>Set where a continuation came from outside: the flow awaited something that is not of its context.</summary>
    public volatile bool Strayed;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != Volatile.Read(ref _thread)) { Strayed = true; return; }
        _queue.Enqueue((d, state));
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("a flow never blocks");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs <paramref name="first"/> and all that follows from it.</summary>
    public void Run(Action first)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        try
        {
            first();
            while (_queue.TryDequeue(out var next)) next.Callback(next.State);
        }
        finally
        {
            Volatile.Write(ref _thread, 0);
            SetSynchronizationContext(outer);
        }
    }
}
