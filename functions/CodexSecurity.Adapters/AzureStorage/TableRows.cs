using System.IO.Compression;
using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>A record in a table: its value, the tag of its content, and the service's own tag of the row.</summary>
internal sealed record Row<T>(T Value, string Tag, ETag Version);

/// <summary>
/// Rows of one table. A record is JSON, compressed, in columns of at most 60,000 bytes, as a column holds 64 KiB and a row 1 MiB. Tags are digests of the
/// content, as in the other store; what guards a write is the service's own tag of the row that was read.
/// </summary>
internal sealed class TableRows(TableClient table)
{
    private const int Chunk = 60_000, MostChunks = 15, Batch = 100;

    /// <summary>The column with a record's first bytes.</summary>
    public const string Content = "da";

    /// <summary>The record of a row, or null.</summary>
    public async Task<Row<T>?> GetAsync<T>(string partition, string row, CancellationToken ct)
    {
        return await PeekAsync(partition, row, ct).ConfigureAwait(false) is { } found ? Read<T>(found) : null;
    }

    /// <summary>Writes a record where the condition holds.</summary>
    /// <param name="partition">Partition key.</param>
    /// <param name="row">Row key.</param>
    /// <param name="value">The record.</param>
    /// <param name="condition">Over the tag of the content.</param>
    /// <param name="before">Called with what is there now, before it is written over.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<WriteResult> PutAsync<T>(string partition, string row, T value, WriteCondition condition, Func<Row<T>?, Task> before, CancellationToken ct)
    {
        while (true)
        {
            var stored = await GetAsync<T>(partition, row, ct).ConfigureAwait(false);
            var holds = condition.Kind switch { WriteConditionKind.IfAbsent => stored is null, WriteConditionKind.IfMatch => stored?.Tag == condition.ETag, _ => true };
            if (!holds) return new WriteResult(false, stored?.Tag ?? "");
            await before(stored).ConfigureAwait(false);
            var (entity, tag) = Write(partition, row, value);
            // Somebody else was faster: the condition is looked at again.
            if (await TryWriteAsync(entity, stored?.Version, ct).ConfigureAwait(false)) return new WriteResult(true, tag);
        }
    }

    /// <summary>Adds a record; false where there is one of that key.</summary>
    public Task<bool> AddAsync<T>(string partition, string row, T value, CancellationToken ct) => TryWriteAsync(Write(partition, row, value).Entity, null, ct);

    /// <summary>Adds a row; false where there is one of that key.</summary>
    public Task<bool> AddAsync(TableEntity entity, CancellationToken ct) => TryWriteAsync(entity, null, ct);

    /// <summary>A row as it is, or null.</summary>
    public async Task<TableEntity?> PeekAsync(string partition, string row, CancellationToken ct) =>
        await table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: ct).ConfigureAwait(false) is { HasValue: true, Value: { } found } ? found : null;

    /// <summary>Writes a row without looking.</summary>
    public Task SetAsync(TableEntity entity, CancellationToken ct) => table.UpsertEntityAsync(entity, TableUpdateMode.Replace, ct);

    /// <summary>Removes a row; false where it was absent.</summary>
    public async Task<bool> DeleteAsync(string partition, string row, CancellationToken ct)
    {
        if (!(await table.GetEntityIfExistsAsync<TableEntity>(partition, row, ["RowKey"], ct).ConfigureAwait(false)).HasValue) return false;
        await table.DeleteEntityAsync(partition, row, ETag.All, ct).ConfigureAwait(false);
        return true;
    }

    /// <summary>Changes any number of rows of one partition, a hundred at a time.</summary>
    public async Task ChangeAsync(IEnumerable<TableTransactionAction> actions, CancellationToken ct)
    {
        foreach (var part in actions.Chunk(Batch)) await table.SubmitTransactionAsync(part, ct).ConfigureAwait(false);
    }

    /// <summary>Rows of a partition in the order of their keys, beginning after a key.</summary>
    public AsyncPageable<TableEntity> Range(string partition, string after, string before, string filter, int pageSize, IEnumerable<string>? columns, CancellationToken ct)
    {
        var range = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {after} and RowKey lt {before}");
        return table.QueryAsync<TableEntity>(filter.Length > 0 ? $"{range} and {filter}" : range, pageSize, columns, ct);
    }

    /// <summary>Rows whose partition key lies in a range, beginning after a row (or at the first where that is ""): for what is done by the clock, never for a request.</summary>
    public AsyncPageable<TableEntity> Partitions(string from, string before, string afterPartition, string afterRow, CancellationToken ct) =>
        afterPartition.Length == 0 ? Partitions(from, before, "", ct) : table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"(PartitionKey eq {afterPartition} and RowKey gt {afterRow}) or (PartitionKey gt {afterPartition} and PartitionKey lt {before})"), null, null, ct);

    /// <summary>All rows whose partition key lies in a range: for what is done by the clock, never for a request.</summary>
    public AsyncPageable<TableEntity> Partitions(string from, string before, string filter, CancellationToken ct)
    {
        var range = TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {before}");
        return table.QueryAsync<TableEntity>(filter.Length > 0 ? $"{range} and {filter}" : range, null, null, ct);
    }

    /// <summary>Removes every row of a partition.</summary>
    public async Task ClearAsync(string partition, CancellationToken ct)
    {
        var keys = new List<TableTransactionAction>();
        await foreach (var row in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), 1000, ["PartitionKey", "RowKey"], ct).ConfigureAwait(false))
            keys.Add(new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(row.PartitionKey, row.RowKey), ETag.All));
        await ChangeAsync(keys, ct).ConfigureAwait(false);
    }

    /// <summary>The record of a row that was read.</summary>
    /// <exception cref="StoreCorruptException">The row is no record.</exception>
    public static Row<T> Read<T>(TableEntity entity)
    {
        try
        {
            using var packed = new MemoryStream();
            for (var i = 0; entity.GetBinary("d" + (char)('a' + i)) is { } chunk; i++) packed.Write(chunk);
            packed.Position = 0;
            using var plain = new MemoryStream();
            using (var unpack = new BrotliStream(packed, CompressionMode.Decompress)) unpack.CopyTo(plain);
            var json = plain.ToArray();
            return new Row<T>(FlowJson.Read<T>(json), Tag(json), entity.ETag);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or System.Text.Json.JsonException) { throw new StoreCorruptException($"the row {entity.PartitionKey} {entity.RowKey} is no record", e); }
    }

    /// <summary>What <see cref="Content"/> holds of a record that takes no more bytes than <paramref name="most"/> (up to 60,000); null for a larger one.</summary>
    public static byte[]? Small<T>(T value, int most) => Pack(FlowJson.WriteBytes(value)) is var bytes && bytes.Length <= most ? bytes : null;

    /// <summary>A row with a record, and the record's tag.</summary>
    public static (TableEntity Entity, string Tag) Write<T>(string partition, string row, T value)
    {
        var json = FlowJson.WriteBytes(value);
        var bytes = Pack(json);
        if (bytes.Length > Chunk * MostChunks) throw new StoreUnavailableException($"a {typeof(T).Name} of {json.Length} bytes is too large for a row");
        var entity = new TableEntity(partition, row);
        foreach (var (chunk, i) in bytes.Chunk(Chunk).Select((c, i) => (c, i))) entity["d" + (char)('a' + i)] = chunk;
        return (entity, Tag(json));
    }

    private static byte[] Pack(byte[] json)
    {
        using var packed = new MemoryStream();
        using (var pack = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true)) pack.Write(json);
        return packed.ToArray();
    }

    private static string Tag(byte[] json) => Convert.ToHexStringLower(SHA256.HashData(json))[..16];

    private async Task<bool> TryWriteAsync(TableEntity entity, ETag? version, CancellationToken ct)
    {
        try
        {
            if (version is { } known) await table.UpdateEntityAsync(entity, known, TableUpdateMode.Replace, ct).ConfigureAwait(false);
            else await table.AddEntityAsync(entity, ct).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412) { return false; }
    }
}
