namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>Outcome of one part of a fan-out: output, or the failure of that part alone.</summary>
public sealed record PartResult<T>(T? Value, FlowFailure? Failure)
{
    /// <summary>Whether the part ended well.</summary>
    public bool Succeeded => Failure is null;
}

/// <summary>Many steps at once, over any runtime.</summary>
public static class FanOut
{
    /// <summary>
    /// Runs the step for every input, at most <paramref name="atMost"/> at a time, starting them in order; outcomes come in the order of the inputs.
    /// A part that fails does not stop the others. <paramref name="ended"/> is called after each with the number that ended.
    /// </summary>
    /// <exception cref="FlowCancelledException">The flow was cancelled.</exception>
    public static async Task<IReadOnlyList<PartResult<TOut>>> FanOutAsync<TIn, TOut>(
        this IFlowContext context, string step, IReadOnlyList<TIn> inputs, int atMost, StepOptions? options = null, Action<int>? ended = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, 1);
        var results = new PartResult<TOut>[inputs.Count];
        var (next, done) = (0, 0);
        // Each worker takes the next input when its last one ended. All run in the flow's one context, so the counters need no lock and replay alike.
        async Task Work()
        {
            while (next < inputs.Count)
            {
                var i = next++;
                try { results[i] = new(await context.StepAsync<TIn, TOut>(step, inputs[i], options), null); }
                catch (StepFailedException e) { results[i] = new(default, e.Failure); }
                ended?.Invoke(++done);
            }
        }
        await Task.WhenAll(Enumerable.Range(0, Math.Min(atMost, inputs.Count)).Select(_ => Work()).ToArray());
        return results;
    }
}
