using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Git;

/// <summary>What a name in a folder is. Links are not followed.</summary>
internal enum EntryKind { File, Folder, Link, Socket, Other, Missing, Denied }

/// <summary>Facts of a name in a folder.</summary>
internal readonly record struct EntryFacts(EntryKind Kind, long Size, bool Executable);

/// <summary>Reads files of a foreign folder: no link is followed, and a pipe or a device is never opened (opening one can block or act).</summary>
internal static unsafe partial class HostFile
{
    private const int AtCurrentFolder = -100, NoFollow = 0x100, EmptyPath = 0x1000, StatBytes = 256, BasicFacts = 0x7ff;
    private const int NotPermitted = 1, Denied = 13;

    /// <summary>What stands at a path.</summary>
    public static EntryFacts Look(string path)
    {
        if (OperatingSystem.IsLinux()) return Stat(AtCurrentFolder, path, NoFollow);
        var info = new FileInfo(path);
        if ((int)info.Attributes == -1) return new(EntryKind.Missing, 0, false);
        if (info.LinkTarget is not null || info.Attributes.HasFlag(FileAttributes.ReparsePoint)) return new(EntryKind.Link, 0, false);
        if (info.Attributes.HasFlag(FileAttributes.Directory)) return new(EntryKind.Folder, 0, false);
        return new(EntryKind.File, info.Length, !OperatingSystem.IsWindows() && (info.UnixFileMode & UnixFileMode.UserExecute) != 0);
    }

    /// <summary>Whether a file or folder belongs to this process's user, and nobody else may read or write it. Links are none; false where the system can't say.</summary>
    public static bool IsPrivate(string path)
    {
        const int OwnerAt = 20, ModeAt = 28, Others = 0x3f;
        var stat = stackalloc byte[StatBytes];
        if (!OperatingSystem.IsLinux() || statx(AtCurrentFolder, path, NoFollow, BasicFacts, stat) != 0) return false;
        return *(uint*)(stat + OwnerAt) == Sandboxes.LinuxNative.geteuid() && (*(ushort*)(stat + ModeAt) & Others) == 0 && Look(path).Kind is EntryKind.File or EntryKind.Folder;
    }

    /// <summary>The bytes of a regular file, at most <paramref name="limit"/>.</summary>
    /// <exception cref="IOException">It is no regular file any more, can't be read, or is longer.</exception>
    /// <exception cref="UnauthorizedAccessException">Not permitted.</exception>
    public static byte[] Read(string path, int limit)
    {
        using var handle = Open(path);
        var buffer = new byte[Math.Min(RandomAccess.GetLength(handle) + 1, limit + 1L)];
        var used = 0;
        while (true)
        {
            var got = RandomAccess.Read(handle, buffer.AsSpan(used), used);
            used += got;
            if (used > limit) throw new IOException($"larger than {limit} bytes");
            if (got == 0) return used == buffer.Length ? buffer : buffer[..used];
            // It grew while it was read.
            if (used == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 1L));
        }
    }

    private static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsLinux()) return File.OpenHandle(path);
        // O_NOFOLLOW has another number on ARM.
        var noFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;
        const int NonBlocking = 0x800, CloseOnExec = 0x80000;
        var descriptor = open(path, noFollow | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw error is NotPermitted or Denied ? new UnauthorizedAccessException("no permission to read it") : new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
        var handle = new SafeFileHandle(descriptor, true);
        if (Stat(descriptor, "", EmptyPath).Kind == EntryKind.File) return handle;
        handle.Dispose();
        throw new IOException("no regular file");
    }

    private static EntryFacts Stat(int folder, string path, int flags)
    {
        var stat = stackalloc byte[StatBytes];
        if (statx(folder, path, flags, BasicFacts, stat) != 0)
        {
            return new(Marshal.GetLastPInvokeError() is NotPermitted or Denied ? EntryKind.Denied : EntryKind.Missing, 0, false);
        }
        const int ModeAt = 28, SizeAt = 40, TypeBits = 0xF000;
        var mode = *(ushort*)(stat + ModeAt);
        var kind = (mode & TypeBits) switch { 0x8000 => EntryKind.File, 0x4000 => EntryKind.Folder, 0xA000 => EntryKind.Link, 0xC000 => EntryKind.Socket, _ => EntryKind.Other };
        return new(kind, *(long*)(stat + SizeAt), (mode & 0x40) != 0);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int statx(int folder, string path, int flags, uint mask, byte* result);
}
