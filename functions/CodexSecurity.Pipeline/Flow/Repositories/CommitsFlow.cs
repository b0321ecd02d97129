using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>A commit to scan.</summary>
/// <param name="ScanId">Id of its scan.</param>
/// <param name="Sha">The commit.</param>
/// <param name="At">UTC, its place among the scans of its branch.</param>
public sealed record CommitWork(string ScanId, string Sha, DateTimeOffset At);

/// <summary>Input of <see cref="CommitsFlow"/>.</summary>
/// <param name="Template">What is equal for all of them.</param>
/// <param name="Commits">The commits, newest first.</param>
public sealed record CommitsInput(ScanRequest Template, IReadOnlyList<CommitWork> Commits);

/// <summary>Output of <see cref="CommitsFlow"/>.</summary>
/// <param name="Ended">Scans that ended, complete or not.</param>
/// <param name="Failed">Scans that failed; each says why in its record.</param>
public sealed record CommitsOutput(int Ended, int Failed);

/// <summary>Scans commits side by side, a sub-flow each, newest first.</summary>
public sealed class CommitsFlow : IFlow<CommitsInput, CommitsOutput>
{
    /// <summary>Name and version of the flow; raise the version whenever the order of steps changes.</summary>
    public const string Name = "commits";

    /// <inheritdoc cref="Name"/>
    public const int Version = 1;

    /// <summary>Scans of one push at a time.</summary>
    public const int AtMost = 2;

    /// <inheritdoc/>
    public async Task<CommitsOutput> RunAsync(IFlowContext context, CommitsInput input)
    {
        var (next, ended, failed) = (0, 0, 0);
        async Task Work()
        {
            while (next < input.Commits.Count)
            {
                var commit = input.Commits[next++];
                var request = input.Template with { ScanId = commit.ScanId, Commit = commit.Sha, At = commit.At };
                try
                {
                    await context.SubFlowAsync<ScanRequest, ScanOutput>(ScanFlow.Name, request.ScanId, request);
                    ended++;
                }
                catch (StepFailedException) { failed++; }
                context.SetProgress(new FlowProgress("commits", ended + failed, input.Commits.Count, 0, ""));
            }
        }
        await Task.WhenAll(Enumerable.Range(0, Math.Min(AtMost, input.Commits.Count)).Select(_ => Work()).ToArray());
        return new(ended, failed);
    }
}
