using System.Formats.Tar;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
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

    /// <summary>Stores a snapshot; the result names its facts. The files are streamed: there is no second copy of them in memory.</summary>
    public static async Task<ArtifactRef> StoreAsync(IArtifactStore store, Snapshot snapshot, CancellationToken ct)
    {
        var pipe = new Pipe();
        var writing = Task.Run(() => WriteAsync(snapshot.Files, pipe.Writer, ct), CancellationToken.None);
        ArtifactRef files;
        try
        {
            files = await store.PutAsync(pipe.Reader.AsStream(), "application/x-tar", ct).ConfigureAwait(false);
        }
        finally
        {
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
        return await store.PutJsonAsync(new StoredSnapshot(snapshot.Target, snapshot.Commit, files, snapshot.LeftOut, snapshot.Unread, snapshot.Notes), ct).ConfigureAwait(false);
    }

    /// <summary>Reads a snapshot back.</summary>
    /// <exception cref="StoreCorruptException">Absent or altered.</exception>
    public static async Task<Snapshot> LoadAsync(IArtifactStore store, ArtifactRef stored, CancellationToken ct)
    {
        var facts = await store.GetJsonAsync<StoredSnapshot>(stored, ct).ConfigureAwait(false);
        var blob = await store.OpenAsync(facts.Files.Sha256, ct).ConfigureAwait(false) ?? throw new StoreCorruptException($"the files of snapshot {stored.Sha256} are not in the store");
        using var hash = SHA256.Create();
        await using var checkedStream = new CryptoStream(blob, hash, CryptoStreamMode.Read);
        var files = new List<SnapshotFile>();
        try
        {
            await using var tar = new TarReader(checkedStream, leaveOpen: true);
            while (await tar.GetNextEntryAsync(copyData: false, ct).ConfigureAwait(false) is { } entry)
            {
                var content = new byte[entry.Length];
                if (entry.DataStream is { } data) await data.ReadExactlyAsync(content, ct).ConfigureAwait(false);
                files.Add(new SnapshotFile(entry.Name, content, (entry.Mode & UnixFileMode.UserExecute) != 0));
            }
            // What stands after the archive's end belongs to its digest too.
            await checkedStream.CopyToAsync(Stream.Null, ct).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new StoreCorruptException($"the files of snapshot {stored.Sha256} were altered: {problem.Message}");
        }
        if (Convert.ToHexStringLower(hash.Hash!) != facts.Files.Sha256) throw new StoreCorruptException($"the files of snapshot {stored.Sha256} were altered");
        return new Snapshot(facts.Target, facts.Commit, files, facts.LeftOut, facts.Unread, facts.Notes);
    }

    private static async Task WriteAsync(IReadOnlyList<SnapshotFile> files, PipeWriter writer, CancellationToken ct)
    {
        try
        {
            // GNU format: the headers of PAX carry the number of the process.
            await using (var tar = new TarWriter(writer.AsStream(leaveOpen: true), TarEntryFormat.Gnu))
            {
                foreach (var file in files)
                {
                    await using var content = MemoryMarshal.TryGetArray(file.Content, out var bytes) ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false) : new MemoryStream(file.Content.ToArray(), writable: false);
                    await tar.WriteEntryAsync(
                        new GnuTarEntry(TarEntryType.RegularFile, file.Path)
                        {
                            DataStream = content, Mode = file.Executable ? Program : Plain, ModificationTime = DateTimeOffset.UnixEpoch, AccessTime = DateTimeOffset.UnixEpoch, ChangeTime = DateTimeOffset.UnixEpoch,
                        }, ct).ConfigureAwait(false);
                }
            }
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception problem)
        {
            // The reader fails with it, so that half an archive is never stored.
            await writer.CompleteAsync(problem).ConfigureAwait(false);
            if (problem is not (OperationCanceledException or InvalidOperationException or IOException)) throw;
        }
    }
}
