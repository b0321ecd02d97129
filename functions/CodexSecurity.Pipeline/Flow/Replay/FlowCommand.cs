using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Replay;

/// <summary>What a flow waits for.</summary>
public enum FlowCommandKind { Step, SubFlow, Delay, Event }

/// <summary>Something a flow asked for that has not ended. It follows from the history alone, so it is never stored.</summary>
/// <param name="Operation">Its number in the run, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Step, flow or event.</param>
/// <param name="Payload">JSON input; "" for none.</param>
/// <param name="Due">When a delay or the wait for an event ends, UTC.</param>
/// <param name="InstanceId">Of the sub-flow; "" otherwise.</param>
/// <param name="EvenIfCancelled">Goes on when the flow is cancelled.</param>
public sealed record FlowCommand(int Operation, FlowCommandKind Kind, string Name, string Payload, DateTimeOffset Due, string InstanceId, bool EvenIfCancelled = false)
{
    /// <summary>What <see cref="FlowEvent.Input"/> holds of the end of this operation.</summary>
    public string InputDigest => DigestOf(Payload);

    /// <summary>First 16 hex digits of the SHA-256 of an input.</summary>
    public static string DigestOf(string payload) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(payload)))[..16];
}

/// <summary>How a run ended.</summary>
public sealed record FlowOutcome(FlowState State, string Output, FlowFailure? Failure);
