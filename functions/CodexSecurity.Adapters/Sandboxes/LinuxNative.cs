using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>The few C library calls the drivers need: start a child with exact descriptors, wait with its resource use.</summary>
internal static unsafe partial class LinuxNative
{
    public const int SigKill = 9;
    private const int Cloexec = 0x80000;

    [LibraryImport("libc", SetLastError = true)] private static partial int pipe2(int* fds, int flags);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int memfd_create(string name, uint flags);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int open(string path, int flags);
    [LibraryImport("libc", SetLastError = true)] private static partial long syscall(long number, long a, long b, long c, long d);
    [LibraryImport("libc", SetLastError = true)] private static partial int wait4(int pid, int* status, int options, long* usage);
    [LibraryImport("libc")] private static partial int posix_spawn_file_actions_init(byte* actions);
    [LibraryImport("libc")] private static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);
    [LibraryImport("libc")] private static partial int posix_spawn_file_actions_destroy(byte* actions);
    [LibraryImport("libc")] private static partial int posix_spawnattr_init(byte* attributes);
    [LibraryImport("libc")] private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);
    [LibraryImport("libc")] private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);
    [LibraryImport("libc")] private static partial int posix_spawnattr_setflags(byte* attributes, short flags);
    [LibraryImport("libc")] private static partial int posix_spawnattr_setpgroup(byte* attributes, int group);
    [LibraryImport("libc", SetLastError = true)] private static partial int kill(int pid, int signal);
    [LibraryImport("libc")] private static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);
    [LibraryImport("libc")] public static partial uint geteuid();
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int statfs(string path, long* data);

    /// <summary>A pipe; both ends close on exec.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int* fds = stackalloc int[2];
        Check(pipe2(fds, Cloexec));
        return (new SafeFileHandle(fds[0], true), new SafeFileHandle(fds[1], true));
    }

    /// <summary>An anonymous file in memory at position 0.</summary>
    public static SafeFileHandle Memory(ReadOnlySpan<byte> content)
    {
        var handle = new SafeFileHandle(Check(memfd_create("job", 1)), true);
        RandomAccess.Write(handle, content, 0);
        return handle;
    }

    /// <summary>Opens a new description of an own descriptor, so that each run reads from its own position.</summary>
    public static SafeFileHandle Open(string path) => new(Check(open(path, Cloexec)), true);

    /// <summary>Starts a program with exactly these descriptors, default signals and the given (usually empty) environment.</summary>
    /// <param name="argv">The program's path and its arguments.</param>
    /// <param name="environment">Each as <c>name=value</c>.</param>
    /// <param name="descriptors">What it has open, and under which numbers.</param>
    /// <param name="group">The process group that it joins before it starts; 0 for one of its own, null for ours.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="IOException">It can't be started.</exception>
    public static int Spawn(IReadOnlyList<string> argv, IReadOnlyList<string> environment, IReadOnlyList<(SafeFileHandle Handle, int As)> descriptors, int? group = null)
    {
        byte* actions = stackalloc byte[512];
        byte* attributes = stackalloc byte[1024];
        byte* signals = stackalloc byte[128];
        _ = posix_spawn_file_actions_init(actions);
        _ = posix_spawnattr_init(attributes);
        new Span<byte>(signals, 128).Clear();
        _ = posix_spawnattr_setsigmask(attributes, signals);
        new Span<byte>(signals, 128).Fill(0xff);
        _ = posix_spawnattr_setsigdefault(attributes, signals);
        _ = posix_spawnattr_setpgroup(attributes, group ?? 0);
        _ = posix_spawnattr_setflags(attributes, (short)(0x04 | 0x08 | (group is null ? 0 : 0x02)));
        // Sources are first duplicated above every target number, so that no dup2 overwrites a later source.
        var high = descriptors.Select(d => (Handle: High(d.Handle), d.As)).ToArray();
        foreach (var (handle, target) in high)
        {
            _ = posix_spawn_file_actions_adddup2(actions, (int)handle.DangerousGetHandle(), target);
        }

        byte** arguments = Strings(argv);
        byte** variables = Strings(environment);
        int pid;
        int error = posix_spawn(&pid, arguments[0], actions, attributes, arguments, variables);
        Free(arguments, argv.Count);
        Free(variables, environment.Count);
        _ = posix_spawn_file_actions_destroy(actions);
        foreach (var (handle, _) in high)
        {
            handle.Dispose();
        }

        return error == 0 ? pid : throw new IOException($"cannot start {argv[0]}: error {error}");
    }

    [LibraryImport("libc", SetLastError = true)] private static partial int fcntl(int fd, int command, int value);

    // F_DUPFD_CLOEXEC from 64 up: clear of every target number.
    private static SafeFileHandle High(SafeFileHandle handle) => new(Check(fcntl((int)handle.DangerousGetHandle(), 1030, 64)), true);

    [LibraryImport("libc", SetLastError = true)] private static partial nint read(SafeFileHandle fd, byte* buffer, nint count);
    [LibraryImport("libc", SetLastError = true)] private static partial nint read(int fd, byte* buffer, nint count);
    [LibraryImport("libc")] private static partial int close(int fd);
    [LibraryImport("libc", SetLastError = true)] private static partial nint write(SafeFileHandle fd, byte* buffer, nint count);

    /// <summary>Reads from a pipe; 0 at its end. Blocks, so use a thread of its own.</summary>
    public static int Read(SafeFileHandle pipe, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = read(pipe, start, buffer.Length);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == 4);
            return Check((int)result);
        }
    }

    /// <summary>Reads a file from its beginning, as much as fits; the number of bytes, 0 where it can't be read.</summary>
    public static int ReadFile(string path, Span<byte> buffer)
    {
        int file = open(path, Cloexec), length = 0;
        if (file < 0) return 0;
        fixed (byte* start = buffer)
        {
            for (nint some; length < buffer.Length && (some = read(file, start + length, buffer.Length - length)) > 0;) length += (int)some;
        }

        _ = close(file);
        return length;
    }

    /// <summary>Writes a few bytes to a pipe; false where nobody reads any more.</summary>
    public static bool Write(SafeFileHandle pipe, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return write(pipe, start, bytes.Length) == bytes.Length;
        }
    }

    /// <summary>Waits for a child; exit code or -signal, and the CPU time of it and all it waited for.</summary>
    public static (int Status, TimeSpan Cpu) Wait(int pid)
    {
        long* usage = stackalloc long[18];
        int status;
        int result;
        do
        {
            result = wait4(pid, &status, 0, usage);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == 4);
        Check(result);
        long microseconds = ((usage[0] + usage[2]) * 1_000_000) + usage[1] + usage[3];
        return ((status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f), TimeSpan.FromMicroseconds(microseconds));
    }

    /// <summary>A stable handle of a process: signals by it never hit a reused id.</summary>
    public static SafeFileHandle PidHandle(int pid) => new((nint)Check((int)syscall(434, pid, 0, 0, 0)), true);

    /// <summary>The same, or null where the process has already ended.</summary>
    public static SafeFileHandle? TryPidHandle(int pid)
    {
        int handle = (int)syscall(434, pid, 0, 0, 0);
        return handle < 0 && Marshal.GetLastPInvokeError() == 3 ? null : new SafeFileHandle(Check(handle), true);
    }

    /// <summary>Kills by handle; a process already gone is fine.</summary>
    public static void Kill(SafeFileHandle process) => _ = syscall(424, process.DangerousGetHandle(), SigKill, 0, 0);

    /// <summary>Kills every process of a group; none left is fine.</summary>
    public static void KillGroup(int group) => _ = kill(-group, SigKill);

    [LibraryImport("libc", SetLastError = true)] private static partial int poll(long* descriptors, nuint count, int milliseconds);

    /// <summary>Waits until a process has ended; false where it still lives after the time. Blocks.</summary>
    public static bool WaitEnd(SafeFileHandle process, TimeSpan atMost)
    {
        // struct pollfd: descriptor, then POLLIN; a handle of a process is readable once the process is dead.
        long descriptor = (uint)(int)process.DangerousGetHandle() | (1L << 32);
        return poll(&descriptor, 1, (int)atMost.TotalMilliseconds) > 0;
    }

    [LibraryImport("libc", SetLastError = true)] private static partial int socketpair(int domain, int type, int protocol, int* fds);
    [LibraryImport("libc", SetLastError = true)] private static partial nint recvmsg(SafeFileHandle socket, long* message, int flags);

    /// <summary>Two ends of a Unix socket; both close on exec.</summary>
    public static (SafeFileHandle Host, SafeFileHandle Inside) SocketPair()
    {
        int* fds = stackalloc int[2];
        Check(socketpair(1, 1 | Cloexec, 0, fds));
        return (new SafeFileHandle(fds[0], true), new SafeFileHandle(fds[1], true));
    }

    /// <summary>A descriptor sent over a Unix socket, or -1 where the other side has ended. Blocks.</summary>
    public static int ReceiveDescriptor(SafeFileHandle socket)
    {
        byte content;
        long* vector = stackalloc long[2] { (long)&content, 1 };
        long* control = stackalloc long[3] { 0, 0, 0 };
        long* message = stackalloc long[7] { 0, 0, (long)vector, 1, (long)control, 24, 0 };
        nint read;
        do
        {
            read = recvmsg(socket, message, 0x40000000); // MSG_CMSG_CLOEXEC
        }
        while (read < 0 && Marshal.GetLastPInvokeError() == 4);
        // Level SOL_SOCKET and kind SCM_RIGHTS, one int long.
        return read == 1 && control[0] == 20 && control[1] == (1L | (1L << 32)) ? (int)control[2] : -1;
    }

    /// <summary>Inodes in use on the file system at a path, or -1.</summary>
    public static long InodesUsed(string path)
    {
        long* data = stackalloc long[32];
        return statfs(path, data) == 0 ? data[5] - data[6] : -1;
    }

    private static int Check(int result) =>
        result >= 0 ? result : throw new IOException($"system call failed: {Marshal.GetLastPInvokeErrorMessage()}");

    private static byte** Strings(IReadOnlyList<string> values)
    {
        byte** block = (byte**)NativeMemory.AllocZeroed((nuint)(values.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < values.Count; i++)
        {
            block[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        }

        return block;
    }

    private static void Free(byte** block, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Marshal.FreeCoTaskMem((nint)block[i]);
        }

        NativeMemory.Free(block);
    }
}
