using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.GitHub;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Input of <see cref="RemediateFlow"/>: a finding with a verified patch.</summary>
public sealed record RemediateAsk(string RepositoryId, string Branch, string FindingId, string Actor);

/// <summary>A person's answer.</summary>
public sealed record Approval(bool Approved, string Actor);

/// <summary>How a fix ended.</summary>
/// <param name="Outcome">"opened", "refused" or "expired".</param>
/// <param name="Url">Of the pull request; "" for none.</param>
/// <param name="By">Who decided; "" for nobody.</param>
public sealed record RemediateEnd(string Outcome, string Url, string By);

/// <summary>Waits for a person's approval and then opens a draft pull request with the patch.</summary>
public sealed class RemediateFlow : IFlow<RemediateAsk, RemediateEnd>
{
    /// <summary>Name and version of the flow; raise the version whenever the order of steps changes.</summary>
    public const string Name = "remediate";

    /// <inheritdoc cref="Name"/>
    public const int Version = 2;

    /// <summary>Event that carries the <see cref="Approval"/>.</summary>
    public const string Decision = "decision";

    /// <summary>Phase in which the pull request is opened.</summary>
    public const string Opening = "pull request";

    /// <summary>How long an approval is waited for.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromDays(7);

    private static readonly StepOptions Network = new(RetryPolicy.Network);

    /// <inheritdoc/>
    public async Task<RemediateEnd> RunAsync(IFlowContext context, RemediateAsk input)
    {
        context.SetProgress(new FlowProgress("approval", 0, 0, 0, input.FindingId));
        var decision = await context.WaitForEventAsync<Approval>(Decision, Limit);
        if (!decision.Received)
        {
            await NoteAsync(context, input, "expired", $"nobody decided within {Limit.Days} days");
            return new("expired", "", "");
        }
        // A refusal is in the audit log already: by the person's request.
        if (decision.Value is not { Approved: true } approval) return new("refused", "", decision.Value?.Actor ?? "");
        context.SetProgress(new FlowProgress(Opening, 0, 0, 0, input.FindingId));
        FixPullRequest opened;
        try { opened = await context.StepAsync<RemediateAsk, FixPullRequest>(RepositorySteps.PullRequest, input, Network); }
        catch (StepFailedException failed)
        {
            await NoteAsync(context, input, "failed", failed.Failure.Message);
            throw;
        }
        await NoteAsync(context, input, "opened", opened.Url);
        return new("opened", opened.Url, approval.Actor);
    }

    private static Task<bool> NoteAsync(IFlowContext context, RemediateAsk input, string outcome, string detail) => context.StepAsync<AuditEntry, bool>(
        RepositorySteps.Note, new AuditEntry(context.Now, $"{outcome}_{input.FindingId}", ScanRecords.Drafted, $"finding.pull-request.{outcome}", input.FindingId, detail), Network);
}
