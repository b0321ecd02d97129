using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Input of <see cref="BranchFlow"/>.</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Branch">Its branch.</param>
/// <param name="Item">What came; null where only what waits is to be worked on.</param>
public sealed record BranchInput(string RepositoryId, string Branch, BranchItem? Item);

/// <summary>
/// Takes up what comes for a branch. One flow at a time leads a branch and works through its queue; the others leave what came with it and end.
/// </summary>
public sealed class BranchFlow : IFlow<BranchInput, int>
{
    /// <summary>Name and version of the flow; raise the version whenever the order of steps changes.</summary>
    public const string Name = "branch";

    /// <inheritdoc cref="Name"/>
    public const int Version = 1;

    /// <summary>Turns of one leader, so that its history stays short. What waits then is taken up by the next item, or when the queues are looked through.</summary>
    public const int MostTurns = 100;

    private static readonly StepOptions Storing = new(RetryPolicy.Network);
    private static readonly StepOptions Leaving = new(RetryPolicy.Network, EvenIfCancelled: true);

    /// <summary>Runs the flow.</summary>
    /// <returns>Items worked on.</returns>
    public async Task<int> RunAsync(IFlowContext context, BranchInput input)
    {
        var place = new BranchPlace(input.RepositoryId, input.Branch, context.InstanceId);
        if (!await JoinAsync(context, place, input.Item)) return 0;
        var turn = 0;
        try
        {
            while (turn < MostTurns && await context.StepAsync<BranchTurn, BranchItem?>(RepositorySteps.Take, new(place, turn + 1), Storing) is { } item)
            {
                turn++;
                context.SetProgress(new FlowProgress(item.Push is null ? "scan" : "push", turn, 0, 0, item.Id));
                // One item that fails says so in its own record; the branch goes on.
                try { await WorkAsync(context, place, item); }
                catch (StepFailedException) { }
            }
        }
        catch (Exception e) when (e is StepFailedException or FlowCancelledException)
        {
            await context.StepAsync<BranchPlace, bool>(RepositorySteps.Leave, place, Leaving);
            throw;
        }
        if (turn == MostTurns) await context.StepAsync<BranchPlace, bool>(RepositorySteps.Leave, place, Leaving);
        return turn;
    }

    private static async Task<bool> JoinAsync(IFlowContext context, BranchPlace place, BranchItem? item)
    {
        try { return await context.StepAsync<BranchJoin, bool>(RepositorySteps.Join, new(place, item), Storing); }
        catch (StepFailedException e) when (item?.Request is { } request)
        {
            await context.StepAsync<ScanMoment, bool>(StepNames.Abandon, new(request, item.At, ScanStatus.Failed, e.Failure.Message), Leaving);
            throw;
        }
    }

    private static async Task WorkAsync(IFlowContext context, BranchPlace place, BranchItem item)
    {
        if (item.Request is { } request) await context.SubFlowAsync<ScanRequest, ScanOutput>(ScanFlow.Name, request.ScanId, request);
        if (item.Push is not { } push) return;
        var plan = await context.StepAsync<PushWork, CommitsInput?>(RepositorySteps.Plan, new(place.RepositoryId, push, item.At), Storing);
        if (plan is not null) await context.SubFlowAsync<CommitsInput, CommitsOutput>(CommitsFlow.Name, FlowIds.Commits(place.RepositoryId, place.Branch, push.Before, push.After), plan);
    }
}
