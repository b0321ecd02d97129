using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Says which commits of a push are scanned, and records each as queued.</summary>
internal sealed class PushPlanStep(ScanServices services) : IFlowStep<PushWork, CommitsInput?>
{
    /// <summary>Most commits of one push; of a longer one the newest.</summary>
    public const int MostCommits = 20;

    public async Task<CommitsInput?> RunAsync(PushWork input, CancellationToken ct)
    {
        var push = input.Push;
        if (IsNone(push.After) || await services.Scans.GetRepositoryAsync(input.RepositoryId, ct).ConfigureAwait(false) is not { Value: var repository }) return null;
        var history = await services.Source.HistoryAsync(repository.Location, push.After, MostCommits + 1, ct).ConfigureAwait(false);
        if (history.Transient) throw new Ingest.SourceUnavailableException(history.Problem);
        var template = await TemplateAsync(services, repository, push.Branch, ct).ConfigureAwait(false);
        // A head that is gone already (force push, repository made private) is recorded: its scan fails with the reason.
        IReadOnlyList<CommitInfo> walked = history.Value is { Count: > 0 } found ? found : [new CommitInfo(push.After, "", input.At)];
        var (fresh, cut) = (new List<string> { walked[0].Sha }, walked.Count > MostCommits && !IsNone(push.Before));
        // Of a branch that is new, what it shares with others is not known: its head stands for it.
        if (!IsNone(push.Before))
        {
            foreach (var commit in walked.Skip(1).Take(MostCommits - 1))
            {
                if (commit.Sha == push.Before || await services.Scans.GetScanAsync(FlowIds.PushedScan(repository.Id, push.Branch, commit.Sha), ct).ConfigureAwait(false) is { Value.RequestedAt: var at } && at < Place(input.At, MostCommits))
                {
                    cut = false;
                    break;
                }
                fresh.Add(commit.Sha);
            }
            // The twenty-first may be where the push began.
            if (cut && walked[MostCommits].Sha != push.Before)
                await services.Scans.AddAuditAsync(new AuditEntry(input.At, "cut_" + push.DeliveryId, ScanRecords.Drafted, "push.cut", $"{repository.Owner}/{repository.Name}", FormattableString.Invariant($"only the newest {MostCommits} commits of {push.Before}..{push.After} are scanned one by one; the head's scan covers what the others brought")), ct).ConfigureAwait(false);
        }

        var work = fresh.Select((sha, i) => new CommitWork(FlowIds.PushedScan(repository.Id, push.Branch, sha), sha, Place(input.At, i))).ToList();
        foreach (var commit in work)
            await services.Scans.PutScanAsync(ScanRecords.Queued(template with { ScanId = commit.ScanId, Commit = commit.Sha, At = commit.At }), WriteCondition.IfAbsent, ct).ConfigureAwait(false);
        return new CommitsInput(template with { Siblings = work[^1].At }, work);
    }

    /// <summary>What the scans of a branch have in common; a stored threat model takes the place of the repository's own.</summary>
    public static async Task<ScanRequest> TemplateAsync(ScanServices services, RepositoryRecord repository, string branch, CancellationToken ct) =>
        new("", repository.Id, ScanKind.Full, repository.Location, null, null, branch, await ScanRecords.ModelAsync(services.Scans, services.Artifacts, repository.Id, ct).ConfigureAwait(false), 0, repository.Options);

    // Newest first, yet in the order of the history: a millisecond apart.
    private static DateTimeOffset Place(DateTimeOffset at, int behind) => at.AddMilliseconds(-behind);

    private static bool IsNone(string sha) => sha.All(c => c == '0');
}
