using CodexSecurity.Pipeline.Ports.Flows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace CodexSecurity.Functions.Orchestration;

/// <summary>Triggers of every flow.</summary>
public sealed class FlowFunctions(FlowRegistry registry, DurableSteps steps)
{
    /// <summary>A turn of a flow.</summary>
    [Function(FlowNames.Orchestrator)]
    public Task<string> FlowAsync([OrchestrationTrigger] TaskOrchestrationContext context) => new DurableFlowRun(context, registry).RunAsync(context.GetInput<FlowInput>()!);

    /// <summary>A step.</summary>
    [Function(FlowNames.Step)]
    public Task<StepReply> StepAsync([ActivityTrigger] StepCall call, [DurableClient] DurableTaskClient client, CancellationToken stopping) => steps.RunAsync(call, client, stopping);

    /// <summary>Start of a sub-flow.</summary>
    [Function(FlowNames.Join)]
    public Task<JoinReply> JoinAsync([ActivityTrigger] JoinCall call, [DurableClient] DurableTaskClient client, CancellationToken stopping) => steps.JoinAsync(call, client, stopping);
}
