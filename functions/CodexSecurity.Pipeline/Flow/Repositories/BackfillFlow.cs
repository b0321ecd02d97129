using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Input of <see cref="BackfillFlow"/>.</summary>
public sealed record BackfillInput(string RepositoryId);

/// <summary>Commits of a walk: how many, and the stored list.</summary>
public sealed record BackfillWalk(int Commits, ArtifactRef List);

/// <summary>Input of "backfill-part".</summary>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="List">The stored list of commits.</param>
/// <param name="From">Index of the first.</param>
public sealed record BackfillPart(string RepositoryId, ArtifactRef List, int From);

/// <summary>
/// Walks back through the history over the repository's window, so that findings have the commit that brought them. It can be held and goes on where it
/// was; so it does after a restart.
/// </summary>
public sealed class BackfillFlow : IFlow<BackfillInput, CommitsOutput>
{
    /// <summary>Name and version of the flow; raise the version whenever the order of steps changes.</summary>
    public const string Name = "backfill";

    /// <inheritdoc cref="Name"/>
    public const int Version = 1;

    /// <summary>Event that holds (true) or resumes (false) the walk.</summary>
    public const string Hold = "hold";

    /// <summary>Commits between two looks at whether the walk is held.</summary>
    public const int PartLength = 10;

    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(90);
    private static readonly StepOptions Network = new(RetryPolicy.Network);

    /// <inheritdoc/>
    public async Task<CommitsOutput> RunAsync(IFlowContext context, BackfillInput input)
    {
        var walk = await context.StepAsync<BackfillInput, BackfillWalk>(RepositorySteps.Walk, input, Network);
        var (ended, failed) = (0, 0);
        for (var from = 0; from < walk.Commits; from += PartLength)
        {
            await HoldAsync(context, from, walk.Commits);
            context.SetProgress(new FlowProgress("history", from, walk.Commits, 0, ""));
            var part = await context.StepAsync<BackfillPart, CommitsInput?>(RepositorySteps.Part, new(input.RepositoryId, walk.List, from), Network);
            if (part is null) break;
            var done = await context.SubFlowAsync<CommitsInput, CommitsOutput>(CommitsFlow.Name, $"{context.InstanceId}:{from.ToString(System.Globalization.CultureInfo.InvariantCulture)}", part);
            (ended, failed) = (ended + done.Ended, failed + done.Failed);
        }
        context.SetProgress(new FlowProgress("history", walk.Commits, walk.Commits, 0, ""));
        return new(ended, failed);
    }

    // The last of the events that came counts. A hold that nobody ends is over after LongestHold.
    private static async Task HoldAsync(IFlowContext context, int done, int total)
    {
        var held = false;
        while (await context.WaitForEventAsync<bool>(Hold, held ? LongestHold : TimeSpan.Zero) is { Received: true, Value: var hold })
        {
            held = hold;
            if (held) context.SetProgress(new FlowProgress("held", done, total, 0, ""));
        }
    }
}
