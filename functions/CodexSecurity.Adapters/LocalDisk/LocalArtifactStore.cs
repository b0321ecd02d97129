using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>
/// Artifacts as files: <c>blobs/ab/abcdef…</c>, written beside, synced, and renamed into place, so that a file under its final name is complete. Names are in
/// <c>names.db</c>. Several processes may share the folder.
/// </summary>
public sealed class LocalArtifactStore : IArtifactStore, IDisposable
{
    private static readonly TimeSpan Leftover = TimeSpan.FromDays(1);

    private readonly string _blobs;
    private readonly string _unfinished;
    private readonly SqliteFile _names;

    private LocalArtifactStore(string blobs, string unfinished, SqliteFile names) => (_blobs, _unfinished, _names) = (blobs, unfinished, names);

    /// <summary>Opens or makes the store in a folder. Unfinished files of processes that died more than a day ago are removed.</summary>
    /// <exception cref="StoreUnavailableException">The folder can't be used.</exception>
    public static LocalArtifactStore Open(string folder)
    {
        var (blobs, unfinished) = (Path.Combine(folder, "blobs"), Path.Combine(folder, "unfinished"));
        DurableFiles.Guard(folder, () =>
        {
            Directory.CreateDirectory(blobs);
            Directory.CreateDirectory(unfinished);
            foreach (var file in new DirectoryInfo(unfinished).EnumerateFiles()) if (DateTime.UtcNow - file.LastWriteTimeUtc > Leftover) file.Delete();
            return 0;
        });
        return new(blobs, unfinished, SqliteFile.Open(Path.Combine(folder, "names.db"), "create table if not exists name(name text primary key, json text not null) without rowid"));
    }

    /// <inheritdoc/>
    public void Dispose() => _names.Dispose();

    /// <inheritdoc/>
    public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken ct)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        if (!Again(sha256, content.Length))
        {
            DurableFiles.Guard(_blobs, () =>
            {
                var file = Path.Combine(_unfinished, Path.GetRandomFileName());
                try
                {
                    using (var stream = DurableFiles.Create(file)) { stream.Write(content.Span); stream.Flush(flushToDisk: true); }
                    DurableFiles.MoveIntoPlace(file, PathOf(sha256));
                    return 0;
                }
                finally { File.Delete(file); }
            });
        }
        return Task.FromResult(new ArtifactRef(sha256, content.Length, mediaType));
    }

    /// <inheritdoc/>
    public Task<ArtifactRef> PutAsync(Stream content, string mediaType, CancellationToken ct) => DurableFiles.GuardAsync(_blobs, async () =>
    {
        var file = Path.Combine(_unfinished, Path.GetRandomFileName());
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (buffer, size) = (new byte[81920], 0L);
            using (var stream = DurableFiles.Create(file))
            {
                while (await content.ReadAsync(buffer, ct).ConfigureAwait(false) is > 0 and var read)
                {
                    hash.AppendData(buffer, 0, read);
                    await stream.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
                    size += read;
                }
                stream.Flush(flushToDisk: true);
            }
            var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (!Again(sha256, size)) DurableFiles.MoveIntoPlace(file, PathOf(sha256));
            return new ArtifactRef(sha256, size, mediaType);
        }
        finally { File.Delete(file); }
    });

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string sha256, CancellationToken ct) => DurableFiles.GuardAsync(_blobs, async () =>
    {
        if (!File.Exists(PathOf(sha256))) return null;
        var bytes = await File.ReadAllBytesAsync(PathOf(sha256), ct).ConfigureAwait(false);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256 ? bytes : throw new StoreCorruptException($"the stored artifact {sha256} was altered");
    });

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string sha256, CancellationToken ct) => Task.FromResult(DurableFiles.Guard<Stream?>(_blobs, () => File.Exists(PathOf(sha256)) ? File.OpenRead(PathOf(sha256)) : null));

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string sha256, CancellationToken ct) => Task.FromResult(File.Exists(PathOf(sha256)));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string sha256, DateTimeOffset before, CancellationToken ct) => Task.FromResult(DurableFiles.Guard(_blobs, () =>
    {
        var (place, aside) = (PathOf(sha256), Path.Combine(_unfinished, Path.GetRandomFileName()));
        if (!IsOlder(place, before)) return false;
        // Looked at again where nobody can store it any more: who does so in between finds it absent, and stores it anew.
        try { File.Move(place, aside); }
        catch (FileNotFoundException) { return false; }
        var older = IsOlder(aside, before);
        if (!older && !File.Exists(place)) File.Move(aside, place);
        File.Delete(aside);
        return older;
    }));

    private static bool IsOlder(string file, DateTimeOffset before) => new FileInfo(file) is { Exists: true } found && found.LastWriteTimeUtc < before.UtcDateTime;

    /// <inheritdoc/>
    public Task<WriteResult> LinkAsync(string name, ArtifactRef artifact, WriteCondition condition, CancellationToken ct)
    {
        ArtifactNames.Check(name);
        return Task.FromResult(_names.Write(db =>
        {
            var tag = db.Query("select json from name where name=$1", r => Tag(r.GetString(0)), name).FirstOrDefault();
            if (condition.Kind == WriteConditionKind.IfAbsent && tag is not null || condition.Kind == WriteConditionKind.IfMatch && tag != condition.ETag) return new WriteResult(false, tag ?? "");
            var json = FlowJson.Write(artifact);
            db.Execute("insert or replace into name values($1,$2)", name, json);
            return new WriteResult(true, Tag(json));
        }));
    }

    /// <inheritdoc/>
    public Task<Stored<ArtifactRef>?> FindAsync(string name, CancellationToken ct) => Task.FromResult(_names.Read(db =>
        db.Query("select json from name where name=$1", r => r.GetString(0), name) is [var json, ..] ? new Stored<ArtifactRef>(FlowJson.Read<ArtifactRef>(json), Tag(json)) : null));

    /// <inheritdoc/>
    public Task<bool> UnlinkAsync(string name, CancellationToken ct) => Task.FromResult(_names.Write(db => db.Execute("delete from name where name=$1", name) > 0));

    /// <inheritdoc/>
    public Task<Page<NamedArtifact>> ListAsync(string prefix, int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 1);
        return Task.FromResult(_names.Read(db => Cursors.Page(
            db.Query("select name, json from name where name>=$1 and substr(name,1,length($1))=$1 and ($2 is null or name>$2) order by name limit $3",
                r => new NamedArtifact(r.GetString(0), FlowJson.Read<ArtifactRef>(r.GetString(1))), prefix, after?[0], Cursors.Limit(limit) + 1),
            limit, n => Cursors.Write(n.Name))));
    }

    // What is there counts as stored now.
    private bool Again(string sha256, long size)
    {
        var file = new FileInfo(PathOf(sha256));
        if (!file.Exists || file.Length != size) return false;
        try { file.LastWriteTimeUtc = DateTime.UtcNow; }
        catch (FileNotFoundException) { return false; }
        return File.Exists(file.FullName);
    }

    private string PathOf(string sha256) => sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower)
        ? Path.Combine(_blobs, sha256[..2], sha256)
        : throw new ArgumentException("an artifact's id is 64 hex digits in lower case", nameof(sha256));

    private static string Tag(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];
}
