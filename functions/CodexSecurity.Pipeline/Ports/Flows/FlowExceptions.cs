namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>Why a step, a sub-flow or a flow failed, as it is kept in the journal.</summary>
/// <param name="Type">Name of the exception's type, or of the reason.</param>
/// <param name="Message">For people.</param>
/// <param name="Permanent">Another attempt can't help.</param>
public sealed record FlowFailure(string Type, string Message, bool Permanent = false)
{
    /// <summary>Failure of an exception; a <see cref="StepRejectedException"/> is permanent.</summary>
    public static FlowFailure Of(Exception e) => e is StepFailedException s ? s.Failure : new(e.GetType().Name, e.Message, e is StepRejectedException);
}

/// <summary>A step or sub-flow failed for good. A flow may catch it and go on.</summary>
public sealed class StepFailedException(string step, FlowFailure failure) : Exception($"{step}: {failure.Message}")
{
    /// <summary>Name of the step or flow.</summary>
    public string Step { get; } = step;

    /// <summary>Why.</summary>
    public FlowFailure Failure { get; } = failure;
}

/// <summary>Thrown by a step whose input can never succeed: it is not tried again.</summary>
public sealed class StepRejectedException(string message) : Exception(message);

/// <summary>The flow was cancelled. It may catch this to record what it has, by steps with <see cref="StepOptions.EvenIfCancelled"/>, and then ends.</summary>
public sealed class FlowCancelledException(string reason) : OperationCanceledException(reason)
{
    /// <summary>Why it was cancelled.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The flow did in a replay what it had not done before: it is not deterministic, or its code changed under a running instance without a new version.</summary>
public sealed class FlowNotDeterministicException(string message) : Exception(message);
