using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using Microsoft.DurableTask;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>The operations, each by what Durable has for it.</summary>
internal sealed partial class DurableFlowRun
{
    // A sub-flow of ours tells its end; this is for one that was ended by hand.
    private static readonly TimeSpan LookAtOurs = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAtJoined = TimeSpan.FromSeconds(30);
    private static readonly TaskOptions Reaching = TaskOptions.FromRetryPolicy(new(5, TimeSpan.FromSeconds(2), 3));

    private Task PerformAsync(InFlight running) => running.Command.Kind switch
    {
        FlowCommandKind.Step => StepAsync(running),
        FlowCommandKind.SubFlow => SubFlowAsync(running),
        _ => TimerAsync(running),
    };

    private void Arrive(FlowEventKind kind, FlowCommand command, string payload) => Arrive(kind, command.Operation, command.Name, command.InputDigest, payload);

    // Retries by the flow's policy are the execution's, as further steps; here only what was interrupted is repeated, which is no attempt.
    private async Task StepAsync(InFlight running)
    {
        var command = running.Command;
        for (var interruptions = 0; ; interruptions++)
        {
            StepReply reply;
            try { reply = await durable.CallActivityAsync<StepReply>(FlowNames.Step, new StepCall(durable.InstanceId, command.Name, command.Payload, command.EvenIfCancelled)); }
            catch (TaskFailedException e)
            {
                // The step never throws by itself: its process ended under it, or the host could not run it.
                reply = new StepReply(command.Name, command.InputDigest, null, new FlowFailure(StepReply.Interrupted, e.FailureDetails.ErrorMessage));
            }
            if (running.Released) return;
            if (reply.Failure is not { Type: StepReply.Interrupted } || interruptions == MostInterruptions)
            {
                var (kind, payload) = reply.Failure is { } failure ? (FlowEventKind.Failed, FlowJson.Write(failure)) : (FlowEventKind.Done, reply.Output!);
                Arrive(kind, command.Operation, reply.Step, reply.Input, payload);
                return;
            }
            if (!await SleptAsync(TimeSpan.FromSeconds(Math.Pow(2, interruptions)), running.Stop.Token)) return;
        }
    }

    // A delay, or the limit of a wait for an event; the event itself comes by the signal.
    private async Task TimerAsync(InFlight running)
    {
        if (await SleptUntilAsync(running.Command.Due.UtcDateTime, running.Stop.Token)) Arrive(FlowEventKind.Fired, running.Command, "");
    }

    private async Task SubFlowAsync(InFlight running)
    {
        var command = running.Command;
        var look = TimeSpan.FromSeconds(1);
        while (true)
        {
            JoinReply reply;
            try { reply = await durable.CallActivityAsync<JoinReply>(FlowNames.Join, new JoinCall(command.Name, command.InstanceId, command.Payload, durable.InstanceId), Reaching); }
            catch (TaskFailedException e)
            {
                Arrive(FlowEventKind.Failed, command, FlowJson.Write(new FlowFailure(e.FailureDetails.ErrorType, e.FailureDetails.ErrorMessage)));
                return;
            }
            if (reply.Flow != command.Name)
            {
                Arrive(FlowEventKind.Failed, command, FlowJson.Write(new FlowFailure(nameof(StepRejectedException), $"the run \"{command.InstanceId}\" is a {reply.Flow}, not a {command.Name}", true)));
                return;
            }
            if (reply.State != FlowState.Running) { Arrive(command, new FlowOutcome(reply.State, reply.Output, reply.Failure)); return; }
            var told = EndOf(command.InstanceId).Task;
            if (!told.IsCompleted && !running.Released)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(running.Stop.Token);
                var slept = SleptAsync(reply.Ours ? LookAtOurs : look, stop.Token);
                await Task.WhenAny(told, slept);
                stop.Cancel();
                look = look * 2 < LookAtJoined ? look * 2 : LookAtJoined;
            }
            if (told.IsCompleted) { Arrive(command, told.Result); return; }
            if (!running.Released) continue;
            // Only a run that this one started: one that it joined belongs to somebody else.
            if (reply.Ours && _cancelledChildren.Add(command.InstanceId))
                durable.SendEvent(command.InstanceId, FlowNames.Signal, new FlowSignal(FlowSignalKind.Cancel, "", "the run that waited for it was cancelled"));
            return;
        }
    }

    private void Arrive(FlowCommand command, FlowOutcome child)
    {
        if (child.State == FlowState.Completed) Arrive(FlowEventKind.Done, command, child.Output);
        else Arrive(FlowEventKind.Failed, command, FlowJson.Write(child.Failure ?? new FlowFailure(child.State.ToString(), "the sub-flow did not complete")));
    }

    private Task<bool> SleptAsync(TimeSpan time, CancellationToken stop) => SleptUntilAsync(durable.CurrentUtcDateTime + time, stop);

    // False where it was broken off.
    private async Task<bool> SleptUntilAsync(DateTime due, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) return false;
        try { await durable.CreateTimer(due, stop); }
        catch (OperationCanceledException) { return false; }
        return !stop.IsCancellationRequested;
    }
}
