using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>
/// The scan store in one SQLite file: each record as JSON beside the columns that lists filter and sort by. A tag is the digest of the JSON, so an equal
/// write keeps it. Several processes may share the file.
/// </summary>
public sealed partial class LocalScanStore : IScanStore, IDisposable
{
    private const string Schema = """
        create table if not exists repository(id text primary key, slug text not null unique, json text not null) without rowid;
        create table if not exists scan(id text primary key, repository text not null, branch text not null, status text not null, requested text not null, json text not null) without rowid;
        create index if not exists scan_by_time on scan(requested desc, id);
        create index if not exists scan_by_repository on scan(repository, requested desc, id);
        create table if not exists finding(repository text not null, branch text not null, id text not null, severity integer not null, state text not null, triage text not null,
            verdict text not null, rule text not null, cwe text not null, path text not null, search text not null, rank integer not null, first text not null, last text not null,
            json text not null, primary key(repository, branch, id)) without rowid;
        create index if not exists finding_by_id on finding(id);
        create index if not exists finding_by_rank on finding(repository, branch, rank desc, id);
        create table if not exists occurrence(repository text not null, finding text not null, scan text not null, at text not null, json text not null, primary key(repository, finding, scan)) without rowid;
        create table if not exists decision(number integer primary key autoincrement, repository text not null, finding text not null, at text not null, json text not null, unique(repository, json));
        create table if not exists threat_model(repository text not null, version integer not null, json text not null, primary key(repository, version)) without rowid;
        create table if not exists delivery(id text primary key, kind text not null, at text not null) without rowid;
        create table if not exists audit(at text not null, id text not null, json text not null, primary key(at, id)) without rowid;
        """;

    private readonly SqliteFile _file;

    private LocalScanStore(SqliteFile file) => _file = file;

    /// <summary>Opens or makes the store.</summary>
    /// <exception cref="StoreUnavailableException">The file can't be used.</exception>
    /// <exception cref="StoreCorruptException">The file is no store.</exception>
    public static LocalScanStore Open(string path) => new(SqliteFile.Open(path, Schema));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <inheritdoc/>
    public Task<WriteResult> PutScanAsync(ScanRecord scan, WriteCondition condition, CancellationToken ct) => Write(db => Put(db, "scan", scan.Id, scan, condition, json =>
        db.Execute("insert or replace into scan values($1,$2,$3,$4,$5,$6)", scan.Id, scan.RepositoryId, scan.Branch, scan.Status.ToString(), Cursors.Time(scan.RequestedAt), json)));

    /// <inheritdoc/>
    public Task<Stored<ScanRecord>?> GetScanAsync(string id, CancellationToken ct) => Read(db => One<ScanRecord>(db, "select json from scan where id=$1", id));

    /// <inheritdoc/>
    public Task<bool> DeleteScanAsync(string id, CancellationToken ct) => Write(db => db.Execute("delete from scan where id=$1", id) > 0);

    /// <inheritdoc/>
    public Task<Page<ScanRecord>> ListScansAsync(string? repositoryId, string? branch, ScanStatus? status, int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 2);
        return Read(db => Cursors.Page(db.Query(
            """
            select json from scan where ($1 is null or repository=$1) and ($2 is null or branch=$2) and ($3 is null or status=$3)
            and ($4 is null or requested<$4 or (requested=$4 and id>$5)) order by requested desc, id limit $6
            """,
            r => FlowJson.Read<ScanRecord>(r.GetString(0)), repositoryId, branch, status?.ToString(), after?[0], after?[1], Cursors.Limit(limit) + 1),
            limit, s => Cursors.Write(Cursors.Time(s.RequestedAt), s.Id)));
    }

    /// <inheritdoc/>
    public Task<WriteResult> PutRepositoryAsync(RepositoryRecord repository, WriteCondition condition, CancellationToken ct) => Write(db =>
    {
        var slug = Slug(repository.Owner, repository.Name);
        if (db.Query("select id from repository where slug=$1 and id<>$2", r => r.GetString(0), slug, repository.Id).Count > 0) return new WriteResult(false, "");
        return Put(db, "repository", repository.Id, repository, condition, json => db.Execute("insert or replace into repository values($1,$2,$3)", repository.Id, slug, json));
    });

    /// <inheritdoc/>
    public Task<Stored<RepositoryRecord>?> GetRepositoryAsync(string id, CancellationToken ct) => Read(db => One<RepositoryRecord>(db, "select json from repository where id=$1", id));

    /// <inheritdoc/>
    public Task<Stored<RepositoryRecord>?> FindRepositoryAsync(string owner, string name, CancellationToken ct) =>
        Read(db => One<RepositoryRecord>(db, "select json from repository where slug=$1", Slug(owner, name)));

    /// <inheritdoc/>
    public Task<Page<RepositoryRecord>> ListRepositoriesAsync(int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 1);
        return Read(db => Cursors.Page(
            db.Query("select json from repository where $1 is null or slug>$1 order by slug limit $2", r => FlowJson.Read<RepositoryRecord>(r.GetString(0)), after?[0], Cursors.Limit(limit) + 1),
            limit, r => Cursors.Write(Slug(r.Owner, r.Name))));
    }

    /// <inheritdoc/>
    public Task<bool> DeleteRepositoryAsync(string id, CancellationToken ct) => Write(db =>
    {
        foreach (var table in (string[])["scan", "finding", "occurrence", "decision", "threat_model"]) db.Execute($"delete from {table} where repository=$1", id);
        return db.Execute("delete from repository where id=$1", id) > 0;
    });

    /// <inheritdoc/>
    public Task<Stored<ThreatModelVersion>?> AddThreatModelAsync(string repositoryId, string text, string author, DateTimeOffset at, WriteCondition condition, CancellationToken ct) => Write(db =>
    {
        var latest = Latest(db, repositoryId, null);
        if (!Holds(condition, latest?.ETag)) return null;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        if (latest?.Value.Digest == digest) return latest;
        var next = new ThreatModelVersion(repositoryId, (latest?.Value.Version ?? 0) + 1, author, at, digest, text);
        var json = FlowJson.Write(next);
        db.Execute("insert into threat_model values($1,$2,$3)", repositoryId, next.Version, json);
        return new Stored<ThreatModelVersion>(next, Tag(json));
    });

    /// <inheritdoc/>
    public Task<Stored<ThreatModelVersion>?> GetThreatModelAsync(string repositoryId, int? version, CancellationToken ct) => Read(db => Latest(db, repositoryId, version));

    /// <inheritdoc/>
    public Task<Page<ThreatModelVersion>> ListThreatModelsAsync(string repositoryId, int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 1);
        return Read(db => Cursors.Page(
            db.Query("select json from threat_model where repository=$1 and ($2 is null or version<cast($2 as integer)) order by version desc limit $3", r => FlowJson.Read<ThreatModelVersion>(r.GetString(0)), repositoryId, after?[0], Cursors.Limit(limit) + 1),
            limit, v => Cursors.Write(v.Version.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    }

    /// <inheritdoc/>
    public Task<bool> TryAddDeliveryAsync(string deliveryId, string kind, DateTimeOffset at, CancellationToken ct) =>
        Write(db => db.Execute("insert or ignore into delivery values($1,$2,$3)", deliveryId, kind, Cursors.Time(at)) > 0);

    /// <inheritdoc/>
    public Task<bool> HasDeliveryAsync(string deliveryId, CancellationToken ct) => Read(db => db.Query("select id from delivery where id=$1", r => r.GetString(0), deliveryId).Count > 0);

    /// <inheritdoc/>
    public Task<int> PurgeDeliveriesAsync(DateTimeOffset before, CancellationToken ct) => Write(db => db.Execute("delete from delivery where at<$1", Cursors.Time(before)));

    /// <inheritdoc/>
    public Task AddAuditAsync(AuditEntry entry, CancellationToken ct) => Write(db => db.Execute("insert or ignore into audit values($1,$2,$3)", Cursors.Time(entry.At), entry.Id, FlowJson.Write(entry)));

    /// <inheritdoc/>
    public Task<Page<AuditEntry>> ListAuditAsync(int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 2);
        return Read(db => Cursors.Page(
            db.Query("select json from audit where $1 is null or at<$1 or (at=$1 and id>$2) order by at desc, id limit $3", r => FlowJson.Read<AuditEntry>(r.GetString(0)), after?[0], after?[1], Cursors.Limit(limit) + 1),
            limit, e => Cursors.Write(Cursors.Time(e.At), e.Id)));
    }

    private static Stored<ThreatModelVersion>? Latest(SqliteSession db, string repositoryId, int? version) =>
        One<ThreatModelVersion>(db, "select json from threat_model where repository=$1 and ($2 is null or version=$2) order by version desc limit 1", repositoryId, version);

    private static string Slug(string owner, string name) => $"{owner}/{name}".ToLowerInvariant();

    private static string Tag(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];

    private static bool Holds(WriteCondition condition, string? tag) => condition.Kind switch
    {
        WriteConditionKind.IfAbsent => tag is null,
        WriteConditionKind.IfMatch => tag == condition.ETag,
        _ => true,
    };

    private static WriteResult Put<T>(SqliteSession db, string table, string id, T value, WriteCondition condition, Action<string> write)
    {
        var tag = db.Query($"select json from {table} where id=$1", r => Tag(r.GetString(0)), id).FirstOrDefault();
        if (!Holds(condition, tag)) return new(false, tag ?? "");
        var json = FlowJson.Write(value);
        write(json);
        return new(true, Tag(json));
    }

    private static Stored<T>? One<T>(SqliteSession db, string sql, params object?[] values) =>
        db.Query(sql, r => r.GetString(0), values) is [var json, ..] ? new(FlowJson.Read<T>(json), Tag(json)) : null;

    // SQLite has no asynchronous access; a read or a write is short.
    private Task<T> Read<T>(Func<SqliteSession, T> access) => Task.FromResult(_file.Read(access));

    private Task<T> Write<T>(Func<SqliteSession, T> access) => Task.FromResult(_file.Write(access));
}
