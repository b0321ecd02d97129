using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using Microsoft.DurableTask.Client;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>Runs the activities of a flow.</summary>
/// <param name="registry">Steps and flows.</param>
/// <param name="time">The clock.</param>
/// <param name="watch">How often a step under way looks whether its flow was cancelled; Durable itself can't break off an activity.</param>
public sealed class DurableSteps(FlowRegistry registry, TimeProvider time, TimeSpan watch)
{
    /// <summary>Runs a step. What it throws is its outcome and not thrown.</summary>
    /// <param name="call">The step.</param>
    /// <param name="client">Client of the same task hub.</param>
    /// <param name="stopping">Set when this host goes down.</param>
    public async Task<StepReply> RunAsync(StepCall call, DurableTaskClient client, CancellationToken stopping)
    {
        StepReply Reply(string? output, FlowFailure? failure) => new(call.Step, FlowCommand.DigestOf(call.Payload), output, failure);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watcher = WatchAsync(call, client, stop, watching.Token);
        try { return Reply(await registry.RunStepAsync(call.Step, call.Payload, stop.Token).ConfigureAwait(false), null); }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { return Reply(null, new FlowFailure(StepReply.Interrupted, "the host goes down")); }
        catch (Exception e)
        {
            // What a step throws is its outcome; the flow decides.
            return Reply(null, FlowFailure.Of(e));
        }
        finally
        {
            await watching.CancelAsync().ConfigureAwait(false);
            await watcher.ConfigureAwait(false);
        }
    }

    /// <summary>Starts a sub-flow, or finds the one that is there. The same call twice starts one.</summary>
    public async Task<JoinReply> JoinAsync(JoinCall call, DurableTaskClient client, CancellationToken ct)
    {
        if (!registry.Knows(call.Flow)) return new JoinReply(call.Flow, false, FlowState.Failed, "", new FlowFailure(nameof(ArgumentException), $"no flow is registered as \"{call.Flow}\""));
        await DurableInstances.TryStartAsync(client, call.InstanceId, new FlowInput(call.Flow, registry.Newest(call.Flow).Version, call.Payload, call.Parent), ct).ConfigureAwait(false);
        var found = await DurableInstances.GetAsync(client, call.InstanceId, ct).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"the run \"{call.InstanceId}\" was started and is not there");
        return new JoinReply(found.Status.Flow, found.Parent == call.Parent, found.Status.State, found.Status.Output, found.Status.Failure);
    }

    private async Task WatchAsync(StepCall call, DurableTaskClient client, CancellationTokenSource stop, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await Task.Delay(watch, time, ended).ConfigureAwait(false);
                bool over;
                try { over = await DurableInstances.GetAsync(client, call.InstanceId, ended).ConfigureAwait(false) is not { Status.State: FlowState.Running } found || (found.Cancelled && !call.EvenIfCancelled); }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // A look that failed says nothing; the next one comes.
                    continue;
                }
                if (!over) continue;
                await stop.CancelAsync().ConfigureAwait(false);
                return;
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested) { return; }
    }
}
