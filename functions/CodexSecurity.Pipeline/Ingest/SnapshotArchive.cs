using System.Formats.Tar;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>A stored snapshot: the facts as JSON, the files as one tar archive; equal snapshots give equal bytes.</summary>
/// <param name="Target">What it is a state of.</param>
/// <param name="Commit">The commit, where the state is one.</param>
/// <param name="Files">The tar archive.</param>
/// <param name="LeftOut">As in <see cref="Snapshot.LeftOut"/>.</param>
/// <param name="Unread">As in <see cref="Snapshot.Unread"/>.</param>
/// <param name="Notes">As in <see cref="Snapshot.Notes"/>.</param>
public sealed record StoredSnapshot(
    ScanTarget Target, CommitInfo? Commit, ArtifactRef Files, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<LeftOut> Unread, IReadOnlyList<string> Notes);

/// <summary>Keeps snapshots in the artifact store.</summary>
public static class SnapshotArchive
{
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Program = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Stores a snapshot; the result names its facts.</summary>
    public static async Task<ArtifactRef> StoreAsync(IArtifactStore store, Snapshot snapshot, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await using (var tar = new TarWriter(buffer, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in snapshot.Files)
            {
                using var content = new MemoryStream(file.Content.ToArray(), writable: false);
                await tar.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = content, Mode = file.Executable ? Program : Plain, ModificationTime = DateTimeOffset.UnixEpoch }, ct).ConfigureAwait(false);
            }
        }
        var files = await store.PutAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), "application/x-tar", ct).ConfigureAwait(false);
        return await store.PutJsonAsync(new StoredSnapshot(snapshot.Target, snapshot.Commit, files, snapshot.LeftOut, snapshot.Unread, snapshot.Notes), ct).ConfigureAwait(false);
    }

    /// <summary>Reads a snapshot back.</summary>
    /// <exception cref="StoreCorruptException">Absent or altered.</exception>
    public static async Task<Snapshot> LoadAsync(IArtifactStore store, ArtifactRef stored, CancellationToken ct)
    {
        var facts = await store.GetJsonAsync<StoredSnapshot>(stored, ct).ConfigureAwait(false);
        var bytes = await store.ReadAsync(facts.Files.Sha256, ct).ConfigureAwait(false) ?? throw new StoreCorruptException($"the files of snapshot {stored.Sha256} are not in the store");
        var files = new List<SnapshotFile>();
        using var buffer = new MemoryStream(bytes, writable: false);
        using var tar = new TarReader(buffer);
        while (await tar.GetNextEntryAsync(copyData: false, ct).ConfigureAwait(false) is { } entry)
        {
            var content = new byte[entry.Length];
            if (entry.DataStream is { } data) await data.ReadExactlyAsync(content, ct).ConfigureAwait(false);
            files.Add(new SnapshotFile(entry.Name, content, (entry.Mode & UnixFileMode.UserExecute) != 0));
        }
        return new Snapshot(facts.Target, facts.Commit, files, facts.LeftOut, facts.Unread, facts.Notes);
    }
}
