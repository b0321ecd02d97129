using System.Collections.Immutable;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Tracing;

/// <summary>Which of the recorded starts of programs are the payload's doing.</summary>
internal static class PayloadStarts
{
    /// <summary>Those after the start of the payload itself, without the frame's own.</summary>
    /// <param name="starts">All of a run, in order.</param>
    /// <param name="payload">The command that was to be run.</param>
    public static ImmutableArray<ObservedCommand> Of(IReadOnlyList<ObservedCommand> starts, ImmutableArray<string> payload)
    {
        // What ran before is the driver's own (the frame's shell, tar, the search along PATH), and so is this start.
        var found = starts.SkipWhile(s => !s.Succeeded || !s.Arguments.SequenceEqual(payload)).Skip(1).ToList();
        // The frame's own, after the payload: it packs the outputs.
        while (found.Count > 0 && found[^1].Arguments.Take(Frame.Packing.Length).SequenceEqual(Frame.Packing))
        {
            found.RemoveAt(found.Count - 1);
        }

        return [.. found];
    }
}
