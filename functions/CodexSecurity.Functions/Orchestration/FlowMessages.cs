using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>Names that stand in the histories of running instances: never changed, only added to.</summary>
public static class FlowNames
{
    /// <summary>The orchestrator of every flow.</summary>
    public const string Orchestrator = "flow";

    /// <summary>The activity of every step.</summary>
    public const string Step = "step";

    /// <summary>The activity that starts a sub-flow, or finds the one that is there.</summary>
    public const string Join = "join";

    /// <summary>The one external event. One name, so that what comes keeps its order.</summary>
    public const string Signal = "signal";
}

/// <summary>Input of an instance.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="Version">Version of its code, for the whole run.</param>
/// <param name="Payload">The flow's input, JSON.</param>
/// <param name="Parent">Instance that started this one and is told of its end; "" for none.</param>
public sealed record FlowInput(string Flow, int Version, string Payload, string Parent);

/// <summary>A step to run.</summary>
/// <param name="InstanceId">Instance of its flow.</param>
/// <param name="Step">Its name.</param>
/// <param name="Payload">Its input, JSON.</param>
/// <param name="EvenIfCancelled">Is not broken off when the flow is cancelled.</param>
public sealed record StepCall(string InstanceId, string Step, string Payload, bool EvenIfCancelled);

/// <summary>How a step ended. Says what it answers, so that a flow whose code changed under a running instance is noticed.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Input">Digest of its input.</param>
/// <param name="Output">JSON, or null where it failed.</param>
/// <param name="Failure">Why it failed, or null.</param>
public sealed record StepReply(string Step, string Input, string? Output, FlowFailure? Failure)
{
    /// <summary><see cref="FlowFailure.Type"/> of a step that the host broke off because it goes down: it is run again elsewhere.</summary>
    public const string Interrupted = "Interrupted";
}

/// <summary>A sub-flow to start or to join.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="InstanceId">Its instance.</param>
/// <param name="Payload">Its input, JSON.</param>
/// <param name="Parent">Who asks.</param>
public sealed record JoinCall(string Flow, string InstanceId, string Payload, string Parent);

/// <summary>A sub-flow as it stands.</summary>
/// <param name="Flow">Flow that runs under that id.</param>
/// <param name="Ours">Started by who asks: only such a one is cancelled with it.</param>
/// <param name="State">Its state.</param>
/// <param name="Output">JSON, once completed.</param>
/// <param name="Failure">Why it did not complete, or null.</param>
public sealed record JoinReply(string Flow, bool Ours, FlowState State, string Output, FlowFailure? Failure);

/// <summary>What an instance is told from outside.</summary>
/// <param name="Kind">See <see cref="FlowSignalKind"/>; an unknown one is ignored.</param>
/// <param name="Name">Event, or id of the sub-flow that ended.</param>
/// <param name="Payload">JSON of the event, reason of a cancellation, outcome of the sub-flow.</param>
public sealed record FlowSignal(string Kind, string Name, string Payload);

/// <summary>Kinds of <see cref="FlowSignal"/>.</summary>
public static class FlowSignalKind
{
    /// <summary>An event for the flow.</summary>
    public const string Raise = "raise";

    /// <summary>Cancellation is asked for.</summary>
    public const string Cancel = "cancel";

    /// <summary>A sub-flow ended.</summary>
    public const string Ended = "ended";

    /// <summary>Nothing happened: the instance looks again whether its version is there.</summary>
    public const string Wake = "wake";
}

/// <summary>Custom status of an instance: all that its history does not show from outside.</summary>
/// <param name="Progress">As the flow set it last, or null.</param>
/// <param name="Cancelled">Cancellation was asked for: steps under way stop.</param>
/// <param name="Parked">This host lacks the flow's version.</param>
/// <param name="State">State that the flow gave itself; Durable knows no cancelled flow.</param>
/// <param name="Failure">Why it failed or was cancelled, or null.</param>
public sealed record FlowMark(FlowProgress? Progress, bool Cancelled, bool Parked, FlowState State, FlowFailure? Failure);
