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
        string[] columns = query.Text is null ? ["RowKey", "id", "place", "cwe"] : ["RowKey", "id", "place", "cwe", "search"];
        // Where the service applies every filter it gives no more rows than are wanted.
        var size = query.Text is null ? Math.Min(most + 1, 1000) : 1000;
        return Access.GuardAsync(async () =>
        {
            var items = new List<FindingRecord>();
            await foreach (var page in _findings.Range(list, after ?? prefix, prefix + "~~", FindingIndex.Filter(query), size, columns, ct).AsPages().ConfigureAwait(false))
            {
                foreach (var part in page.Values.Where(row => FindingIndex.Matches(row, query)).Chunk(most + 1))
                {
                    var records = await Task.WhenAll(part.Select(row => _findings.GetAsync<FindingRecord>(FindingPart(row.GetString("id")), row.GetString("place"), ct))).ConfigureAwait(false);
                    // A row that its record does not bear out was left by a process that died; so was one with another filter's value.
                    for (var i = 0; i < records.Length; i++)
                    {
                        if (records[i]?.Value is { } record && FindingIndex.Key(record, query.Sort) == part[i].RowKey && Holds(record, query)) items.Add(record);
                    }
                    if (items.Count > most) break;
                }
                if (items.Count > most) break;
            }
            return Cursors.Page(items.Take(most + 1).ToList(), most, f => Cursors.Write(FindingIndex.Key(f, query.Sort)));
        });
    }

    private static bool Holds(FindingRecord r, FindingQuery q) =>
        (q.MinSeverity is not { } severity || r.Finding.Severity.Level >= severity) && (q.State is not { } state || r.Finding.State == state) && (q.Triage is not { } triage || r.Triage == triage)
        && (q.Verdict is not { } verdict || r.Finding.Validation.Verdict == verdict);
}
