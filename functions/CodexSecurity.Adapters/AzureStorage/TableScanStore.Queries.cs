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

    /// <summary>Removes index rows that no record bears out and writes those that are missing; for what is done by the clock.</summary>
    /// <returns>Rows removed or written.</returns>
    public Task<int> RepairAsync(CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var repaired = 0;
        foreach (var (from, before) in ((string, string)[])[("all", "all!"), ("b!", "b~"), ("r!", "r~")])
        {
            await foreach (var row in _findings.Partitions(from, before, "", ct).ConfigureAwait(false))
            {
                var record = (await _findings.GetAsync<FindingRecord>(FindingPart(row.GetString("id")), row.GetString("place"), ct).ConfigureAwait(false))?.Value;
                if (record is not null && FindingIndex.Keys(record).Contains(row.RowKey) && FindingLists(record).Contains(row.PartitionKey)) continue;
                if (await _findings.DeleteAsync(row.PartitionKey, row.RowKey, ct).ConfigureAwait(false)) repaired++;
            }
        }
        await foreach (var row in _findings.Partitions("f!", "f~", "", ct).ConfigureAwait(false))
        {
            var record = TableRows.Read<FindingRecord>(row).Value;
            foreach (var list in FindingLists(record))
            {
                foreach (var entity in FindingIndex.Rows(list, record))
                {
                    if (await SameAsync(entity, ct).ConfigureAwait(false)) continue;
                    await _findings.SetAsync(entity, ct).ConfigureAwait(false);
                    repaired++;
                }
            }
        }
        return repaired;
    });

    private async Task<bool> SameAsync(TableEntity wanted, CancellationToken ct)
    {
        var found = await _findings.PeekAsync(wanted.PartitionKey, wanted.RowKey, ct).ConfigureAwait(false);
        return found is not null && wanted.Where(c => c.Key is not ("PartitionKey" or "RowKey")).All(c => Equals(found[c.Key], c.Value));
    }

    private static bool Holds(FindingRecord r, FindingQuery q) =>
        (q.MinSeverity is not { } severity || r.Finding.Severity.Level >= severity) && (q.State is not { } state || r.Finding.State == state) && (q.Triage is not { } triage || r.Triage == triage)
        && (q.Verdict is not { } verdict || r.Finding.Validation.Verdict == verdict);
}
