using Azure.Data.Tables;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

public sealed partial class TableScanStore
{
    private const int Look = 200;

    /// <inheritdoc/>
    public Task<WriteResult> PutScanAsync(ScanRecord scan, WriteCondition condition, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        ScanRecord? before = null;
        var written = await _scans.PutAsync(ScanPart(scan.Id), Only, scan, condition, async stored =>
        {
            before = stored?.Value;
            // The index first: what can be read by its id is in every list that it belongs to.
            foreach (var list in Lists(scan)) await _scans.SetAsync(Pointer(list, scan), ct).ConfigureAwait(false);
        }, ct).ConfigureAwait(false);
        if (written.Written && before is not null)
        {
            foreach (var list in Lists(before).Where(l => before.RequestedAt != scan.RequestedAt || !Lists(scan).Contains(l))) await _scans.DeleteAsync(list, ScanKey(before), ct).ConfigureAwait(false);
        }
        return written;
    });

    /// <inheritdoc/>
    public Task<Stored<ScanRecord>?> GetScanAsync(string id, CancellationToken ct) => Access.GuardAsync(async () => Of(await _scans.GetAsync<ScanRecord>(ScanPart(id), Only, ct).ConfigureAwait(false)));

    /// <inheritdoc/>
    public Task<bool> DeleteScanAsync(string id, CancellationToken ct) => Access.GuardAsync(() => DeleteScanAsync(id, "", ct));

    /// <inheritdoc/>
    public Task<Page<ScanRecord>> ListScansAsync(string? repositoryId, string? branch, ScanStatus? status, int limit, string? cursor, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(cursor, 1)?[0], Cursors.Limit(limit));
        // The narrowest list; what it does not tell apart is told by the records.
        var list = (repositoryId, status) switch { ({ } r, { } s) => Keys.Join("b", Keys.Part(r), s.ToString()), ({ } r, null) => Keys.Join("r", Keys.Part(r)), (null, { } s) => Keys.Join("s", s.ToString()), _ => "all" };
        return Access.GuardAsync(async () =>
        {
            var items = new List<ScanRecord>();
            await foreach (var page in _scans.Range(list, after ?? "", "~~", "", Math.Min(Look, most + 1), ["RowKey", "id"], ct).AsPages().ConfigureAwait(false))
            {
                var rows = await Task.WhenAll(page.Values.Select(p => _scans.GetAsync<ScanRecord>(ScanPart(p.GetString("id")), Only, ct))).ConfigureAwait(false);
                for (var i = 0; i < rows.Length; i++)
                {
                    // A row that its record does not bear out was left by a process that died.
                    if (rows[i]?.Value is { } scan && ScanKey(scan) == page.Values[i].RowKey && Lists(scan).Contains(list) && (branch is null || scan.Branch == branch)) items.Add(scan);
                }
                if (items.Count > most) break;
            }
            return Cursors.Page(items.Take(most + 1).ToList(), most, s => Cursors.Write(ScanKey(s)));
        });
    }

    private async Task DeleteScansAsync(string repositoryId, CancellationToken ct)
    {
        await foreach (var pointer in _scans.Range(Keys.Join("r", Keys.Part(repositoryId)), "", "~~", "", 1000, ["RowKey", "id"], ct).ConfigureAwait(false))
        {
            await DeleteScanAsync(pointer.GetString("id"), Keys.Join("r", Keys.Part(repositoryId)), ct).ConfigureAwait(false);
        }
        await _scans.ClearAsync(Keys.Join("r", Keys.Part(repositoryId)), ct).ConfigureAwait(false);
    }

    // The record goes last: what was begun is begun again by the next call. Its row in one list may be left to who walks over that list.
    private async Task<bool> DeleteScanAsync(string id, string leftList, CancellationToken ct)
    {
        if (await _scans.GetAsync<ScanRecord>(ScanPart(id), Only, ct).ConfigureAwait(false) is not { Value: var scan }) return false;
        foreach (var list in Lists(scan).Where(l => l != leftList)) await _scans.DeleteAsync(list, ScanKey(scan), ct).ConfigureAwait(false);
        return await _scans.DeleteAsync(ScanPart(id), Only, ct).ConfigureAwait(false);
    }

    private static string[] Lists(ScanRecord scan) =>
        ["all", Keys.Join("r", Keys.Part(scan.RepositoryId)), Keys.Join("s", scan.Status.ToString()), Keys.Join("b", Keys.Part(scan.RepositoryId), scan.Status.ToString())];

    private static TableEntity Pointer(string list, ScanRecord scan) => new(list, ScanKey(scan)) { ["id"] = scan.Id };

    private static string ScanKey(ScanRecord scan) => Keys.Join(Keys.Latest(scan.RequestedAt), Keys.Part(scan.Id));

    private static string ScanPart(string id) => Keys.Join("scan", Keys.Part(id));
}
