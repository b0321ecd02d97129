using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.Data.Sqlite;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>
/// One SQLite file behind one connection: write-ahead log, full sync, one access at a time. Several processes may use the file; a writer waits for another up
/// to 30 seconds. A full disk or a broken file is a clear error, and the transaction is undone.
/// </summary>
public sealed class SqliteFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();

    private SqliteFile(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens or makes the file and runs <paramref name="schema"/>, which has to be repeatable.</summary>
    public static SqliteFile Open(string path, string schema)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        var file = new SqliteFile(connection);
        try
        {
            Translate(path, () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                connection.Open();
                var db = new SqliteSession(connection, null);
                db.Execute("pragma journal_mode=wal");
                db.Execute("pragma synchronous=full");
                return 0;
            });
            file.Write(db => db.Execute(schema));
            return file;
        }
        catch { file.Dispose(); throw; }
    }

    /// <summary>Runs reads of one state of the file.</summary>
    public T Read<T>(Func<SqliteSession, T> access) => Run(access, deferred: true);

    /// <summary>Runs writes: all of them are kept, or none.</summary>
    public T Write<T>(Func<SqliteSession, T> access) => Run(access, deferred: false);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private T Run<T>(Func<SqliteSession, T> access, bool deferred) => Translate(_connection.DataSource, () =>
    {
        lock (_gate)
        {
            // Not deferred takes the write lock at once: a transaction never fails half-way because another process wrote in between.
            using var transaction = _connection.BeginTransaction(deferred);
            var result = access(new SqliteSession(_connection, transaction));
            transaction.Commit();
            return result;
        }
    });

    private static T Translate<T>(string path, Func<T> access)
    {
        try { return access(); }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26) { throw new StoreCorruptException($"{path} is damaged or no database: {e.Message}", e); }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException(e.SqliteErrorCode == 13 ? $"the disk of {path} is full; nothing was changed" : $"{path} can't be used: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new StoreUnavailableException($"{path} can't be used: {e.Message}", e); }
    }
}

/// <summary>Statements inside a transaction; parameters are named $1, $2 …</summary>
public sealed class SqliteSession(SqliteConnection connection, SqliteTransaction? transaction)
{
    /// <summary>Runs a statement and gives the number of rows changed.</summary>
    public int Execute(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs a query.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params object?[] values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    // The texts are constants of this assembly or built from them; values always go by parameter.
#pragma warning disable CA2100
    private SqliteCommand Command(string sql, object?[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue("$" + (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), values[i] ?? DBNull.Value);
        return command;
    }
#pragma warning restore CA2100
}
