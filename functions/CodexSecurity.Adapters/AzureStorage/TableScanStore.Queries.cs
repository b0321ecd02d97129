using Azure.Data.Tables;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

public sealed partial class TableScanStore
{
    /// <inheritdoc/>
    public Task<Page<FindingRecord>> ListFindingsAsync(FindingQuery query, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(query.Cursor, 1)?[0], Cursors.Limit(query.Limit));
        var prefix = FindingIndex.Prefix(query.Sort);
        if (after is not null && !after.StartsWith(prefix, StringComparison.Ordinal)) throw new ArgumentException("this is no cursor of this list", nameof(query));
        var list = query.RepositoryId is not { } r ? "all" : query.Branch is { } b ? Keys.Join("b", Keys.Part(r), Keys.Part(b)) : Keys.Join("r", Keys.Part(r));
        string[] found = query.Text is null ? ["RowKey", "id", "place", "cwe"] : ["RowKey", "id", "place", "cwe", "search"];
        return Access.GuardAsync(async () =>
        {
            // Where the service applies every filter it gives no more rows than are wanted. A text may be in few of those that it gives, the more so the shorter it is: after a page with records the rest is read by large pages of texts.
            var (items, from) = (new List<FindingRecord>(), after ?? prefix);
            for (var texts = false; ; texts = true)
            {
                string? last = null;
                await foreach (var page in _findings.Range(list, from, prefix + "~~", FindingIndex.Filter(query), texts ? 1000 : most + 1, texts ? found : [.. found, TableRows.Content], ct).AsPages().ConfigureAwait(false))
                {
                    foreach (var part in page.Values.Where(row => FindingIndex.Matches(row, query)).Chunk(most + 1))
                    {
                        items.AddRange(await RecordsAsync(part, query, ct).ConfigureAwait(false));
                        if (items.Count > most) break;
                    }
                    if (items.Count > most) break;
                    last = query.Text is not null && !texts && page.ContinuationToken is not null && page.Values.Count > 0 ? page.Values[^1].RowKey : null;
                    if (last is not null) break;
                }
                if (last is null) return Cursors.Page(items.Take(most + 1).ToList(), most, f => Cursors.Write(FindingIndex.Key(f, query.Sort)));
                from = last;
            }
        });
    }

    private async Task<IEnumerable<FindingRecord>> RecordsAsync(TableEntity[] rows, FindingQuery query, CancellationToken ct)
    {
        // Only now: after the rows were read.
        var marks = await MarksAsync(ct).ConfigureAwait(false);
        var records = await Task.WhenAll(rows.Select(async row => row.GetBinary(TableRows.Content) is not null && !IsMarked(row.GetString("place"), marks)
            ? TableRows.Read<FindingRecord>(row) : await _findings.GetAsync<FindingRecord>(FindingPart(row.GetString("id")), row.GetString("place"), ct).ConfigureAwait(false))).ConfigureAwait(false);
        // A row that its record does not bear out was left by a process that died; so was one with another filter's value.
        return records.Zip(rows).Where(p => p.First is { Value: var record } && FindingIndex.Key(record, query.Sort) == p.Second.RowKey && Holds(record, query)).Select(p => p.First!.Value);
    }

    private static bool Holds(FindingRecord r, FindingQuery q) =>
        (q.MinSeverity is not { } severity || r.Finding.Severity.Level >= severity) && (q.State is not { } state || r.Finding.State == state) && (q.Triage is not { } triage || r.Triage == triage)
        && (q.Verdict is not { } verdict || r.Finding.Validation.Verdict == verdict);
}
