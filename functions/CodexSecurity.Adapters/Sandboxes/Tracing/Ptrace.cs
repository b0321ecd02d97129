using System.Runtime.InteropServices;

namespace CodexSecurity.Adapters.Sandboxes.Tracing;

/// <summary>
/// The calls of ptrace(2) that a tracer of program starts needs. All for one tracee have to come from the thread that seized it.
/// </summary>
internal static unsafe partial class Ptrace
{
    private const int Cont = 7, Syscall = 24, Seize = 0x4206, Listen = 0x4208, GetEventMessage = 0x4201, SyscallInfo = 0x420e;
    private const int WaitAll = 0x40000000, NotOfOtherThreads = 0x20000000;
    private const int Interrupted = 4;

    // What a system call stop has to say (struct ptrace_syscall_info): its kind in the first byte, then from byte 24 the number and six
    // arguments, or the result.
    private const byte OfExit = 2, OfFilter = 3;
    private const int InfoSize = 88, InfoNumber = 24, InfoArguments = 32;

    /// <summary>Options: follow forks, vforks and clones, tell of successful starts, stop where the filter says so, and end all with the tracer.</summary>
    private const long Options = 1 | 2 | 4 | 8 | 0x10 | 0x80 | 0x100000;

    /// <summary>What a stopped tracee stopped for: the high bits of its status.</summary>
    public const int EventExec = 4, EventFilter = 7, EventStop = 128;

    /// <summary>The signal of a stop at a system call.</summary>
    public const int SyscallStop = 5 | 0x80;

    /// <summary>Takes a process, which runs on.</summary>
    /// <returns>0, or the error number.</returns>
    public static int TrySeize(int pid) => ptrace(Seize, pid, 0, (void*)Options) < 0 ? Marshal.GetLastPInvokeError() : 0;

    /// <summary>Waits for the next stop or end of a tracee of this thread. Blocks.</summary>
    /// <returns>Its thread id and status; null where none is left.</returns>
    public static (int Tid, int Status)? WaitAny()
    {
        while (true)
        {
            int status;
            int tid = waitpid(-1, &status, WaitAll | NotOfOtherThreads);
            if (tid > 0) return (tid, status);
            if (Marshal.GetLastPInvokeError() != Interrupted) return null;
        }
    }

    // A tracee that was killed meanwhile is not there any more; its end is told by the next wait.

    /// <summary>Lets a stopped tracee go on, with a signal where one was to be delivered.</summary>
    public static void Continue(int tid, int signal = 0) => _ = ptrace(Cont, tid, 0, (void*)signal);

    /// <summary>The same up to the end of the system call that it is in.</summary>
    public static void ContinueToExit(int tid) => _ = ptrace(Syscall, tid, 0, null);

    /// <summary>Leaves a tracee stopped that was stopped by a signal, as it would be without a tracer.</summary>
    public static void LeaveStopped(int tid) => _ = ptrace(Listen, tid, 0, null);

    /// <summary>The message of an event: for a program's start, the former thread id of who started it.</summary>
    public static int EventMessage(int tid)
    {
        long message = 0;
        return ptrace(GetEventMessage, tid, 0, &message) < 0 ? tid : (int)message;
    }

    /// <summary>Number and first three arguments of the call that the filter stopped; null where there is none.</summary>
    public static (long Number, ulong First, ulong Second, ulong Third)? StoppedCall(int tid)
    {
        byte* info = stackalloc byte[InfoSize];
        if (ptrace(SyscallInfo, tid, InfoSize, info) < InfoArguments || info[0] != OfFilter) return null;
        ulong* arguments = (ulong*)(info + InfoArguments);
        return (*(long*)(info + InfoNumber), arguments[0], arguments[1], arguments[2]);
    }

    /// <summary>Whether the call that a tracee comes out of succeeded.</summary>
    public static bool Succeeded(int tid)
    {
        byte* info = stackalloc byte[InfoSize];
        return ptrace(SyscallInfo, tid, InfoSize, info) > InfoNumber && info[0] == OfExit && *(long*)(info + InfoNumber) >= 0;
    }

    /// <summary>Reads a tracee's memory; false where not all of it can be read.</summary>
    public static bool TryRead(int tid, ulong address, Span<byte> into)
    {
        fixed (byte* start = into)
        {
            nint* here = stackalloc nint[2] { (nint)start, into.Length };
            ulong* there = stackalloc ulong[2] { address, (ulong)into.Length };
            return process_vm_readv(tid, here, 1, there, 1, 0) == into.Length;
        }
    }

    [LibraryImport("libc", SetLastError = true)] private static partial long ptrace(long request, int pid, nint address, void* data);
    [LibraryImport("libc", SetLastError = true)] private static partial int waitpid(int pid, int* status, int options);
    [LibraryImport("libc", SetLastError = true)] private static partial nint process_vm_readv(int pid, void* local, nuint localCount, void* remote, nuint remoteCount, nuint flags);
}
