using System.Globalization;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.Data.Sqlite;

namespace CodexSecurity.Local.Hosting;

/// <summary>
/// The journal of running flows in one SQLite file (write-ahead log, every commit synced). Held by one process at a time: a lock file that the operating
/// system frees when the process dies.
/// </summary>
public sealed class SqliteFlowJournal : IFlowJournal, IDisposable
{
    private const string Schema = """
        create table if not exists run(id text primary key, state text not null, status text not null) without rowid;
        create table if not exists event(id text not null, sequence integer not null, event text not null, primary key(id, sequence)) without rowid;
        """;

    private readonly SqliteFile _file;
    private readonly FileStream _lock;

    private SqliteFlowJournal(SqliteFile file, FileStream held) => (_file, _lock) = (file, held);

    /// <summary>Opens or makes the journal.</summary>
    /// <exception cref="StoreUnavailableException">Another process holds it, or the disk can't be used.</exception>
    public static SqliteFlowJournal Open(string path)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            held = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"the journal {path} is held by another process or can't be opened: {e.Message}", e);
        }
        try { return new SqliteFlowJournal(SqliteFile.Open(path, Schema), held); }
        catch { held.Dispose(); throw; }
    }

    /// <inheritdoc/>
    public bool TryCreate(FlowStatus status, FlowEvent started) => _file.Write(db =>
    {
        if (db.Execute("insert or ignore into run values($1,$2,$3)", status.InstanceId, status.State.ToString(), FlowJson.Write(status)) == 0) return false;
        db.Execute("insert into event values($1,0,$2)", status.InstanceId, FlowJson.Write(started));
        return true;
    });

    /// <inheritdoc/>
    public void Append(string instanceId, int sequence, FlowEvent e, FlowStatus status) => _file.Write(db =>
    {
        if (db.Execute("insert or ignore into event values($1,$2,$3)", instanceId, sequence, FlowJson.Write(e)) == 0)
            throw new InvalidOperationException($"event {sequence.ToString(CultureInfo.InvariantCulture)} of {instanceId} is there already: somebody else writes to this run");
        return db.Execute("update run set state=$2, status=$3 where id=$1", instanceId, status.State.ToString(), FlowJson.Write(status));
    });

    /// <inheritdoc/>
    public IReadOnlyList<FlowEvent> Read(string instanceId) =>
        _file.Read(db => db.Query("select event from event where id=$1 order by sequence", r => FlowJson.Read<FlowEvent>(r.GetString(0)), instanceId));

    /// <inheritdoc/>
    public FlowStatus? Get(string instanceId) =>
        _file.Read(db => db.Query("select status from run where id=$1", r => FlowJson.Read<FlowStatus>(r.GetString(0)), instanceId)).FirstOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<FlowStatus> List(string prefix, FlowState? state, int limit, string? after) => _file.Read(db => db.Query(
        "select status from run where id>=$1 and substr(id,1,length($1))=$1 and ($2 is null or state=$2) and ($3 is null or id>$3) order by id limit $4",
        r => FlowJson.Read<FlowStatus>(r.GetString(0)), prefix, state?.ToString(), after, limit));

    /// <inheritdoc/>
    public bool Delete(string instanceId) => _file.Write(db =>
    {
        if (db.Execute("delete from run where id=$1 and state<>'Running'", instanceId) == 0) return false;
        db.Execute("delete from event where id=$1", instanceId);
        return true;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }
}
