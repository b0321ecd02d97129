using System.Runtime.InteropServices;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>C library calls that only the runner in the container makes.</summary>
internal static unsafe partial class RunnerNative
{
    [LibraryImport("libc", SetLastError = true)] private static partial int wait4(int pid, int* status, int options, long* usage);
    [LibraryImport("libc", SetLastError = true)] private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int chown(string path, uint uid, uint gid);

    /// <summary>Orphans of the run become children of this process, also where it is not the first one.</summary>
    public static void BecomeReaper() => Check(prctl(36, 1, 0, 0, 0));

    public static void Own(string path, uint uid) => Check(chown(path, uid, uid));

    /// <summary>Any child that ends: its id, its status (exit code or -signal), its CPU time and that of all it waited for. Null where there is no child. Blocks.</summary>
    public static (int Pid, int Status, TimeSpan Cpu)? WaitAny()
    {
        long* usage = stackalloc long[18];
        int status;
        int pid;
        do
        {
            pid = wait4(-1, &status, 0, usage);
        }
        while (pid < 0 && Marshal.GetLastPInvokeError() == 4);
        return pid < 0 ? null
            : (pid, (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f), TimeSpan.FromMicroseconds(((usage[0] + usage[2]) * 1_000_000) + usage[1] + usage[3]));
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException($"system call failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
