using System.Runtime.InteropServices;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>Files that are complete or absent, and errors that say what is wrong.</summary>
internal static partial class DurableFiles
{
    private const int DiskFull = 28, QuotaExceeded = 122;

    /// <summary>A new file for writing.</summary>
    public static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);

    /// <summary>Renames a synced file to its final name, and syncs the folder, so that the name survives a loss of power.</summary>
    public static void MoveIntoPlace(string from, string to)
    {
        var folder = Path.GetDirectoryName(to)!;
        Directory.CreateDirectory(folder);
        File.Move(from, to, overwrite: true);
        SyncFolder(folder);
    }

    /// <summary>Turns errors of the file system into the store's.</summary>
    public static T Guard<T>(string place, Func<T> access)
    {
        try { return access(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Translate(place, e); }
    }

    /// <summary>Turns errors of the file system into the store's.</summary>
    public static async Task<T> GuardAsync<T>(string place, Func<Task<T>> access)
    {
        try { return await access().ConfigureAwait(false); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Translate(place, e); }
    }

    private static StoreUnavailableException Translate(string place, Exception e) =>
        new((e.HResult & 0xffff) is DiskFull or QuotaExceeded || e.HResult is DiskFull or QuotaExceeded ? $"the disk of {place} is full; nothing was changed" : $"{place} can't be used: {e.Message}", e);

    private static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var handle = Open(folder, 0);
        if (handle < 0) throw new IOException($"{folder} can't be opened to sync it (errno {Marshal.GetLastPInvokeError()})");
        // A file system that can't sync folders says EINVAL; there is nothing more to do there.
        _ = Sync(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
