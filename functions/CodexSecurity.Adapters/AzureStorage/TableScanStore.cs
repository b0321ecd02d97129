using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>
/// Records in three tables; ARCHITECTURE.md has the keys. What is asked for in a list has index rows. One that holds no copy of its record, or whose record may be
/// being written, is checked against it when it is read: a process that dies between two writes leaves rows that are not shown, never a wrong list.
/// </summary>
public sealed partial class TableScanStore : IScanStore, IIndexRepair
{
    private const string Only = "=", Repositories = "r", Names = "n", Audit = "audit", Deliveries = "d", Marks = "w";
    private readonly TableRows _records;
    private readonly TableRows _scans;
    private readonly TableRows _findings;

    internal TableScanStore(TableRows records, TableRows scans, TableRows findings) => (_records, _scans, _findings) = (records, scans, findings);

    /// <inheritdoc/>
    public Task<WriteResult> PutRepositoryAsync(RepositoryRecord repository, WriteCondition condition, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var slug = Slug(repository.Owner, repository.Name);
        // The name is claimed first. A claim whose repository has another name by now is left from a process that died.
        if (!await _records.AddAsync(Names, Keys.Part(slug), repository.Id, ct).ConfigureAwait(false) && await ByNameAsync(slug, ct).ConfigureAwait(false) is { } owner && owner.Value.Id != repository.Id) return new WriteResult(false, "");
        RepositoryRecord? before = null;
        var written = await _records.PutAsync(Repositories, Keys.Part(repository.Id), repository, condition, stored => { before = stored?.Value; return Task.CompletedTask; }, ct).ConfigureAwait(false);
        if (written.Written)
        {
            await _records.SetAsync(TableRows.Write(Names, Keys.Part(slug), repository.Id).Entity, ct).ConfigureAwait(false);
            if (before is not null && Slug(before.Owner, before.Name) is var old && old != slug) await _records.DeleteAsync(Names, Keys.Part(old), ct).ConfigureAwait(false);
        }
        return written;
    });

    /// <inheritdoc/>
    public Task<Stored<RepositoryRecord>?> GetRepositoryAsync(string id, CancellationToken ct) => Access.GuardAsync(async () => Of(await _records.GetAsync<RepositoryRecord>(Repositories, Keys.Part(id), ct).ConfigureAwait(false)));

    /// <inheritdoc/>
    public Task<Stored<RepositoryRecord>?> FindRepositoryAsync(string owner, string name, CancellationToken ct) => Access.GuardAsync(async () => Of(await ByNameAsync(Slug(owner, name), ct).ConfigureAwait(false)));

    /// <inheritdoc/>
    public Task<Page<RepositoryRecord>> ListRepositoriesAsync(int limit, string? cursor, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(cursor, 1)?[0], Cursors.Limit(limit));
        return Access.GuardAsync(async () =>
        {
            var items = new List<RepositoryRecord>();
            await foreach (var row in _records.Range(Names, after is null ? "" : Keys.Part(after), "~~", "", Math.Min(most + 1, 1000), null, ct).ConfigureAwait(false))
            {
                var repository = await _records.GetAsync<RepositoryRecord>(Repositories, Keys.Part(TableRows.Read<string>(row).Value), ct).ConfigureAwait(false);
                if (repository is null || Keys.Part(Slug(repository.Value.Owner, repository.Value.Name)) != row.RowKey) continue;
                items.Add(repository.Value);
                if (items.Count > most) break;
            }
            return Cursors.Page(items, most, r => Cursors.Write(Slug(r.Owner, r.Name)));
        });
    }

    /// <inheritdoc/>
    public Task<bool> DeleteRepositoryAsync(string id, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        // The record goes last: what was begun is begun again by the next call.
        await DeleteScansAsync(id, ct).ConfigureAwait(false);
        await DeleteFindingsAsync(id, ct).ConfigureAwait(false);
        await _records.ClearAsync(Models(id), ct).ConfigureAwait(false);
        if (await _records.GetAsync<RepositoryRecord>(Repositories, Keys.Part(id), ct).ConfigureAwait(false) is not { Value: var repository }) return false;
        await _records.DeleteAsync(Names, Keys.Part(Slug(repository.Owner, repository.Name)), ct).ConfigureAwait(false);
        return await _records.DeleteAsync(Repositories, Keys.Part(id), ct).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public Task<Stored<ThreatModelVersion>?> AddThreatModelAsync(string repositoryId, string text, string author, DateTimeOffset at, WriteCondition condition, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        while (true)
        {
            var latest = await LatestAsync(repositoryId, ct).ConfigureAwait(false);
            var holds = condition.Kind switch { WriteConditionKind.IfAbsent => latest is null, WriteConditionKind.IfMatch => latest?.Tag == condition.ETag, _ => true };
            if (!holds) return null;
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            if (latest?.Value.Digest == digest) return Of(latest);
            var next = new ThreatModelVersion(repositoryId, (latest?.Value.Version ?? 0) + 1, author, at, digest, text);
            // A version is a row of its own: who adds the same number later looks again.
            if (await _records.AddAsync(Models(repositoryId), Keys.Highest(next.Version), next, ct).ConfigureAwait(false)) return new Stored<ThreatModelVersion>(next, TableRows.Write("", "", next).Tag);
        }
    });

    /// <inheritdoc/>
    public Task<Stored<ThreatModelVersion>?> GetThreatModelAsync(string repositoryId, int? version, CancellationToken ct) => Access.GuardAsync(async () =>
        Of(version is { } number ? await _records.GetAsync<ThreatModelVersion>(Models(repositoryId), Keys.Highest(number), ct).ConfigureAwait(false) : await LatestAsync(repositoryId, ct).ConfigureAwait(false)));

    /// <inheritdoc/>
    public Task<Page<ThreatModelVersion>> ListThreatModelsAsync(string repositoryId, int limit, string? cursor, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(cursor, 1)?[0], Cursors.Limit(limit));
        return Access.GuardAsync(() => PageAsync<ThreatModelVersion>(_records, Models(repositoryId), after, most, v => Keys.Highest(v.Version), ct));
    }

    /// <inheritdoc/>
    public Task<bool> TryAddDeliveryAsync(string deliveryId, string kind, DateTimeOffset at, CancellationToken ct) => Access.GuardAsync(() =>
    {
        var (entity, _) = TableRows.Write(DeliveryPart(deliveryId), Keys.Part(deliveryId), kind);
        entity["at"] = Keys.Time(at);
        return _records.AddAsync(entity, ct);
    });

    /// <inheritdoc/>
    public Task<bool> HasDeliveryAsync(string deliveryId, CancellationToken ct) => Access.GuardAsync(async () => await _records.GetAsync<string>(DeliveryPart(deliveryId), Keys.Part(deliveryId), ct).ConfigureAwait(false) is not null);

    /// <inheritdoc/>
    public Task<int> PurgeDeliveriesAsync(DateTimeOffset before, CancellationToken ct) => Access.GuardAsync(async () =>
    {
        var purged = 0;
        await foreach (var row in _records.Partitions(Deliveries + Keys.Separator, Deliveries + "~", Azure.Data.Tables.TableClient.CreateQueryFilter($"at lt {Keys.Time(before)}"), ct).ConfigureAwait(false))
        {
            if (await _records.DeleteAsync(row.PartitionKey, row.RowKey, ct).ConfigureAwait(false)) purged++;
        }
        return purged;
    });

    /// <inheritdoc/>
    public Task AddAuditAsync(AuditEntry entry, CancellationToken ct) => Access.GuardAsync(() => _records.AddAsync(Audit, AuditKey(entry), entry, ct));

    /// <inheritdoc/>
    public Task<Page<AuditEntry>> ListAuditAsync(int limit, string? cursor, CancellationToken ct)
    {
        var (after, most) = (Cursors.Read(cursor, 1)?[0], Cursors.Limit(limit));
        return Access.GuardAsync(() => PageAsync<AuditEntry>(_records, Audit, after, most, AuditKey, ct));
    }

    // A range whose rows are the records, in the order of their keys.
    private static async Task<Page<T>> PageAsync<T>(TableRows rows, string partition, string? after, int most, Func<T, string> key, CancellationToken ct)
    {
        var items = new List<T>();
        await foreach (var row in rows.Range(partition, after ?? "", "~~", "", Math.Min(most + 1, 1000), null, ct).ConfigureAwait(false))
        {
            items.Add(TableRows.Read<T>(row).Value);
            if (items.Count > most) break;
        }
        return Cursors.Page(items, most, i => Cursors.Write(key(i)));
    }

    private async Task<Row<RepositoryRecord>?> ByNameAsync(string slug, CancellationToken ct) =>
        await _records.GetAsync<string>(Names, Keys.Part(slug), ct).ConfigureAwait(false) is { Value: var id }
        && await _records.GetAsync<RepositoryRecord>(Repositories, Keys.Part(id), ct).ConfigureAwait(false) is { } row && Slug(row.Value.Owner, row.Value.Name) == slug ? row : null;

    private async Task<Row<ThreatModelVersion>?> LatestAsync(string repositoryId, CancellationToken ct)
    {
        await foreach (var row in _records.Range(Models(repositoryId), "", "~~", "", 1, null, ct).ConfigureAwait(false)) return TableRows.Read<ThreatModelVersion>(row);
        return null;
    }

    private static Stored<T>? Of<T>(Row<T>? row) => row is null ? null : new Stored<T>(row.Value, row.Tag);

    private static string Models(string repositoryId) => Keys.Join("t", Keys.Part(repositoryId));

    // Deliveries spread over 256 partitions, as they come fast.
    private static string DeliveryPart(string deliveryId) => Keys.Join(Deliveries, Keys.Digest(deliveryId)[..2]);

    private static string AuditKey(AuditEntry entry) => Keys.Join(Keys.Latest(entry.At), Keys.Part(entry.Id));

    private static string Slug(string owner, string name) => $"{owner}/{name}".ToLowerInvariant();
}
