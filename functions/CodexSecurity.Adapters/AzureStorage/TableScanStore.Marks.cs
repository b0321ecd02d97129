using Azure.Data.Tables;

namespace CodexSecurity.Adapters.AzureStorage;

public sealed partial class TableScanStore
{
    // How long a write may take at most: older marks are from processes that died.
    private static readonly TimeSpan s_longestWrite = TimeSpan.FromHours(6);

    /// <summary>How old a mark must be before a repair removes it; shorter in tests only.</summary>
    internal TimeSpan MarksLast { get; set; } = s_longestWrite;

    // Index rows hold copies of records, and are written before them. While that goes on there is a row that says where: a repository or one of its branches. Who reads
    // index rows looks for these marks afterwards, and believes no copy below one: either the mark is there, or the write was over before, or it began later.
    // A mark stays where its process died, until a repair that began later has gone through all rows. Each writer has its own.
    private async Task<bool> MarkedAsync(string below, Func<Task> write, CancellationToken ct)
    {
        var row = Guid.NewGuid().ToString("N");
        await _findings.SetAsync(new TableEntity(Marks, row) { ["below"] = below }, ct).ConfigureAwait(false);
        await write().ConfigureAwait(false);
        return await _findings.DeleteAsync(Marks, row, ct).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<string>> MarksAsync(CancellationToken ct)
    {
        var below = new List<string>();
        await foreach (var row in _findings.Range(Marks, "", "~~", "", 1000, ["below"], ct).ConfigureAwait(false)) below.Add(row.GetString("below"));
        return below;
    }

    private static bool IsMarked(string place, IReadOnlyList<string> marks) => marks.Any(below => place == below || place.StartsWith(below + Keys.Separator, StringComparison.Ordinal));
}
