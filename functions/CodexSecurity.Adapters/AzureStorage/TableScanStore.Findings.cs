using Azure.Data.Tables;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

public sealed partial class TableScanStore
{
    private const int Writers = 8;

    /// <inheritdoc/>
    public Task PublishAsync(FindingPublication publication, CancellationToken ct) => Access.GuardAsync(() => MarkedAsync(Place(publication.RepositoryId, publication.Branch), async () =>
    {
        var decisions = (await DecisionsAsync(publication.RepositoryId, null, ct).ConfigureAwait(false)).ToLookup(d => d.FindingId, StringComparer.Ordinal);
        await _findings.SetAsync(new TableEntity(Keys.Join("x", Keys.Part(publication.RepositoryId)), Keys.Part(publication.Branch)) { ["branch"] = publication.Branch }, ct).ConfigureAwait(false);
        await Parallel.ForEachAsync(publication.Findings, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = ct }, async (f, stop) =>
        {
            var occurrence = new FindingOccurrence(FindingIdentity.OccurrenceId(publication.ScanId, f.Fingerprint), f.Id, publication.ScanId, publication.At, f.State, f.Severity.Level, f.Validation.Verdict);
            await _findings.SetAsync(TableRows.Write(OccurrencePart(publication.RepositoryId, f.Id), OccurrenceKey(occurrence), occurrence).Entity, stop).ConfigureAwait(false);
            await ChangeAsync(publication.RepositoryId, publication.Branch, f.Id,
                stored => FindingMerge.Publish(stored, publication.RepositoryId, publication.Branch, publication.ScanId, publication.At, f, FindingMerge.Triage(decisions[f.Id])), stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }, ct));

    /// <inheritdoc/>
    public Task<Stored<FindingRecord>?> GetFindingAsync(string repositoryId, string branch, string findingId, CancellationToken ct) =>
        Access.GuardAsync(async () => Of(await _findings.GetAsync<FindingRecord>(FindingPart(findingId), Place(repositoryId, branch), ct).ConfigureAwait(false)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<FindingRecord>> FindFindingsAsync(string findingId, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var records = new List<FindingRecord>();
        await foreach (var row in _findings.Range(FindingPart(findingId), "", "~~", "", 1000, null, ct).ConfigureAwait(false)) records.Add(TableRows.Read<FindingRecord>(row).Value);
        return (IReadOnlyList<FindingRecord>)records;
    });

    /// <inheritdoc/>
    public Task<Page<FindingOccurrence>> ListOccurrencesAsync(string repositoryId, string findingId, int limit, string? cursor, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(cursor, 1)?[0], Cursors.Limit(limit));
        return Access.GuardAsync(() => PageAsync<FindingOccurrence>(_findings, OccurrencePart(repositoryId, findingId), after, most, OccurrenceKey, ct));
    }

    /// <inheritdoc/>
    public Task AddDecisionAsync(string repositoryId, TriageDecision decision, CancellationToken ct) => Access.GuardAsync(() => MarkedAsync(Keys.Part(repositoryId), async () =>
    {
        // Of one time, the order of adding: the number after those that are there.
        while (true)
        {
            var known = await DecisionsAsync(repositoryId, decision.FindingId, ct).ConfigureAwait(false);
            if (known.Contains(decision)) break;
            var key = Keys.Join(Keys.Part(decision.FindingId), Keys.Time(decision.At), known.Count.ToString("D6", System.Globalization.CultureInfo.InvariantCulture));
            if (await _findings.AddAsync(DecisionPart(repositoryId), key, decision, ct).ConfigureAwait(false)) break;
        }
        var triage = FindingMerge.Triage(await DecisionsAsync(repositoryId, decision.FindingId, ct).ConfigureAwait(false));
        await foreach (var row in _findings.Range(FindingPart(decision.FindingId), "", "~~", "", 1000, null, ct).ConfigureAwait(false))
        {
            var record = TableRows.Read<FindingRecord>(row).Value;
            if (record.RepositoryId == repositoryId) await ChangeAsync(repositoryId, record.Branch, decision.FindingId, stored => (stored ?? record) with { Triage = triage }, ct).ConfigureAwait(false);
        }
    }, ct));

    /// <inheritdoc/>
    public Task<IReadOnlyList<TriageDecision>> ListDecisionsAsync(string repositoryId, string? findingId, CancellationToken ct) => Access.GuardAsync(() => DecisionsAsync(repositoryId, findingId, ct));

    // A repository's decisions are few: people take them. By time, and of one time by number.
    private async Task<IReadOnlyList<TriageDecision>> DecisionsAsync(string repositoryId, string? findingId, CancellationToken ct)
    {
        var (from, rows) = (findingId is null ? "" : Keys.Part(findingId) + Keys.Separator, new List<(TriageDecision Decision, string Key)>());
        await foreach (var row in _findings.Range(DecisionPart(repositoryId), from, findingId is null ? "~~" : from + "~~", "", 1000, null, ct).ConfigureAwait(false)) rows.Add((TableRows.Read<TriageDecision>(row).Value, row.RowKey));
        return [.. rows.OrderBy(r => r.Decision.At).ThenBy(r => r.Key[^6..], StringComparer.Ordinal).Select(r => r.Decision)];
    }

    // The record and then its index rows, or the other way round? The index first: what is shown by its id is in the lists, and a row that the record does not bear out is not shown.
    // Within a mark of what is being written.
    private async Task ChangeAsync(string repositoryId, string branch, string findingId, Func<FindingRecord?, FindingRecord> change, CancellationToken ct)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var stored = await _findings.GetAsync<FindingRecord>(FindingPart(findingId), Place(repositoryId, branch), ct).ConfigureAwait(false);
            var next = change(stored?.Value);
            keys.UnionWith(FindingIndex.Keys(next));
            var condition = stored is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(stored.Tag);
            var written = await _findings.PutAsync(FindingPart(findingId), Place(repositoryId, branch), next, condition, async _ =>
            {
                foreach (var list in FindingLists(next))
                    await _findings.ChangeAsync(FindingIndex.Rows(list, next).Select(e => new TableTransactionAction(TableTransactionActionType.UpsertReplace, e)), ct).ConfigureAwait(false);
            }, ct).ConfigureAwait(false);
            if (!written.Written) continue;
            // What was there, and what was written for a record that somebody else was faster than.
            if (stored is not null) keys.UnionWith(FindingIndex.Keys(stored.Value));
            keys.ExceptWith(FindingIndex.Keys(next));
            foreach (var list in FindingLists(next))
            {
                foreach (var key in keys) await _findings.DeleteAsync(list, key, ct).ConfigureAwait(false);
            }
            return;
        }
    }

    private Task<bool> DeleteFindingsAsync(string repositoryId, CancellationToken ct) => MarkedAsync(Keys.Part(repositoryId), async () =>
    {
        var list = Keys.Join("r", Keys.Part(repositoryId));
        await foreach (var row in _findings.Range(list, FindingIndex.Prefix(FindingSort.Rank), FindingIndex.Prefix(FindingSort.Rank) + "~~", "", 1000, null, ct).ConfigureAwait(false))
        {
            var (id, place) = (row.GetString("id"), row.GetString("place"));
            if (await _findings.GetAsync<FindingRecord>(FindingPart(id), place, ct).ConfigureAwait(false) is not { Value: var record }) continue;
            foreach (var key in FindingIndex.Keys(record)) await _findings.DeleteAsync("all", key, ct).ConfigureAwait(false);
            await _findings.DeleteAsync(FindingPart(id), place, ct).ConfigureAwait(false);
            await _findings.ClearAsync(OccurrencePart(repositoryId, id), ct).ConfigureAwait(false);
        }
        await foreach (var row in _findings.Range(Keys.Join("x", Keys.Part(repositoryId)), "", "~~", "", 1000, null, ct).ConfigureAwait(false))
            await _findings.ClearAsync(Keys.Join("b", Keys.Part(repositoryId), row.RowKey), ct).ConfigureAwait(false);
        foreach (var part in (string[])[list, Keys.Join("x", Keys.Part(repositoryId)), DecisionPart(repositoryId)]) await _findings.ClearAsync(part, ct).ConfigureAwait(false);
    }, ct);

    private static string[] FindingLists(FindingRecord r) => ["all", Keys.Join("r", Keys.Part(r.RepositoryId)), Keys.Join("b", Keys.Part(r.RepositoryId), Keys.Part(r.Branch))];

    private static string FindingPart(string findingId) => Keys.Join("f", Keys.Part(findingId));

    private static string Place(string repositoryId, string branch) => FindingIndex.Place(repositoryId, branch);

    private static string OccurrencePart(string repositoryId, string findingId) => Keys.Join("o", Keys.Part(repositoryId), Keys.Part(findingId));

    private static string OccurrenceKey(FindingOccurrence o) => Keys.Join(Keys.Latest(o.At), Keys.Part(o.ScanId));

    private static string DecisionPart(string repositoryId) => Keys.Join("d", Keys.Part(repositoryId));
}
