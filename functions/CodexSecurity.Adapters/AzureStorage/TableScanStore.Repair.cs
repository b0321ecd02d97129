using Azure.Data.Tables;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

public sealed partial class TableScanStore
{
    private const int Repairers = 16;

    // Index rows first, then records: a row that is missing is written after those that are wrong were removed.
    private static readonly (string From, string Before)[] Repaired = [("all", "all!"), ("b!", "b~"), ("r!", "r~"), ("f!", "f~")];

    /// <inheritdoc/>
    public Task<RepairedPart> RepairAsync(string? cursor, int rows, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        var after = Cursors.Read(cursor, 4);
        var begun = after?[3] ?? Keys.Time(DateTimeOffset.UtcNow);
        var number = after is null ? 0 : int.TryParse(after[0], out var n) && n >= 0 && n < Repaired.Length ? n : throw new ArgumentException("this is no cursor of a repair", nameof(cursor));
        return Access.GuardAsync(async () =>
        {
            var (from, before) = Repaired[number];
            var part = new List<TableEntity>();
            await foreach (var row in _findings.Partitions(from, before, after?[1] ?? "", after?[2] ?? "", ct).ConfigureAwait(false))
            {
                part.Add(row);
                if (part.Count == rows) break;
            }
            var changed = 0;
            await Parallel.ForEachAsync(part, new ParallelOptions { MaxDegreeOfParallelism = Repairers, CancellationToken = ct }, async (row, stop) =>
                Interlocked.Add(ref changed, from == "f!" ? await WriteMissingAsync(TableRows.Read<FindingRecord>(row).Value, stop).ConfigureAwait(false) : await RemoveWrongAsync(row, stop).ConfigureAwait(false))).ConfigureAwait(false);
            if (part.Count == rows) return new RepairedPart(changed, Cursors.Write($"{number}", part[^1].PartitionKey, part[^1].RowKey, begun));
            if (number + 1 < Repaired.Length) return new RepairedPart(changed, Cursors.Write($"{number + 1}", "", "", begun));
            return new RepairedPart(changed + await RemoveMarksAsync(begun, ct).ConfigureAwait(false), null);
        });
    }

    // Of writers that had died when this repair began: it has looked at all that they left.
    private async Task<int> RemoveMarksAsync(string begun, CancellationToken ct)
    {
        var old = new List<string>();
        await foreach (var row in _findings.Range(Marks, "", "~~", "", 1000, null, ct).ConfigureAwait(false))
        {
            if (row.Timestamp is { } at && string.CompareOrdinal(Keys.Time(at + MarksLast), begun) < 0) old.Add(row.RowKey);
        }
        foreach (var row in old) await _findings.DeleteAsync(Marks, row, ct).ConfigureAwait(false);
        return old.Count;
    }

    private async Task<int> RemoveWrongAsync(TableEntity row, CancellationToken ct)
    {
        var record = (await _findings.GetAsync<FindingRecord>(FindingPart(row.GetString("id")), row.GetString("place"), ct).ConfigureAwait(false))?.Value;
        if (record is not null && FindingIndex.Keys(record).Contains(row.RowKey) && FindingLists(record).Contains(row.PartitionKey)) return 0;
        return await _findings.DeleteAsync(row.PartitionKey, row.RowKey, ct).ConfigureAwait(false) ? 1 : 0;
    }

    private async Task<int> WriteMissingAsync(FindingRecord record, CancellationToken ct)
    {
        var written = 0;
        foreach (var entity in FindingLists(record).SelectMany(list => FindingIndex.Rows(list, record)))
        {
            if (await SameAsync(entity, ct).ConfigureAwait(false)) continue;
            await _findings.SetAsync(entity, ct).ConfigureAwait(false);
            written++;
        }
        return written;
    }

    private async Task<bool> SameAsync(TableEntity wanted, CancellationToken ct)
    {
        var found = await _findings.PeekAsync(wanted.PartitionKey, wanted.RowKey, ct).ConfigureAwait(false);
        return found is not null && wanted.Where(c => c.Key is not ("PartitionKey" or "RowKey"))
            .All(c => c.Value is byte[] bytes ? found.GetBinary(c.Key) is { } stored && bytes.AsSpan().SequenceEqual(stored) : Equals(found[c.Key], c.Value));
    }
}
