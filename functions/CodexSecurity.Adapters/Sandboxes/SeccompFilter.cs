using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// The system-call filter as raw <c>sock_filter</c> records (8 bytes each, see seccomp(2)). Refuses what reaches kernel
/// surface outside the namespaces; kills foreign architectures; answers ENOSYS above the known table.
/// </summary>
internal static class SeccompFilter
{
    private const uint Allow = 0x7fff0000, Trace = 0x7ff00000, Kill = 0x80000000, Errno = 0x00050000;
    private const int Eperm = 1, Enosys = 38, Eafnosupport = 97;
    private const ushort Load = 0x20, JumpEqual = 0x15, JumpGreaterEqual = 0x35, JumpSet = 0x45, Return = 0x06;
    private const uint NamespaceFlags = 0x7E020080; // CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET}
    private const uint Tiocsti = 0x5412, Tioclinux = 0x541C;

    // Both tables share the numbers from 424 up; the last one known here is 462 (mseal).
    private const uint FirstUnknown = 463, Clone3 = 435;
    private static readonly uint[] DeniedShared = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 443, 447, 448];

    private sealed record Table(uint Audit, uint Socket, uint SocketPair, uint CloneCall, uint Unshare, uint Ioctl, uint Execve, uint Execveat, bool HasX32, uint[] Denied);

    // mount family, keyrings, bpf, perf, userfaultfd, ptrace, process_vm_*, kcmp, setns, modules, kexec, reboot, swap,
    // clock and host name setting, quota, accounting, handles, pivot_root, chroot, personality stays.
    private static readonly Table X64 = new(0xC000003E, 41, 53, 56, 272, 16, 59, 322, true,
        [101, 134, 153, 154, 155, 156, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177,
         178, 179, 180, 212, 227, 246, 248, 249, 250, 256, 279, 298, 300, 301, 303, 304, 305, 308, 310, 311, 312, 313, 320, 321, 323]);

    private static readonly Table Arm64 = new(0xC00000B7, 198, 199, 220, 97, 29, 221, 281, false,
        [18, 39, 40, 41, 42, 51, 58, 60, 89, 104, 105, 106, 112, 117, 142, 161, 162, 170, 171, 217, 218, 219, 224, 225, 239,
         241, 262, 263, 264, 265, 266, 268, 270, 271, 272, 273, 280, 282, 294]);

    /// <summary>The filter for an architecture, or null where there is no table (then nothing may run).</summary>
    /// <param name="architecture">The machine's.</param>
    /// <param name="traced">Whether calls that start programs go to the tracer; without one the kernel then refuses them.</param>
    public static byte[]? For(Architecture architecture, bool traced = false) => architecture switch
    {
        Architecture.X64 => Assemble(X64, traced),
        Architecture.Arm64 => Assemble(Arm64, traced),
        _ => null,
    };

    private static byte[] Assemble(Table table, bool traced)
    {
        var code = new List<(ushort Op, byte True, byte False, uint Value)>();
        void Emit(ushort op, uint value, byte whenTrue = 0, byte whenFalse = 0) => code.Add((op, whenTrue, whenFalse, value));
        // Fall through unless the accumulator satisfies the test, then give the answer.
        void AnswerIf(ushort op, uint value, uint answer) { Emit(op, value, 0, 1); Emit(Return, answer); }

        Emit(Load, 4);
        Emit(JumpEqual, table.Audit, 1, 0);
        Emit(Return, Kill);
        Emit(Load, 0);
        if (table.HasX32)
        {
            AnswerIf(JumpGreaterEqual, 0x40000000, Kill);
        }

        AnswerIf(JumpGreaterEqual, FirstUnknown, Errno | Enosys);
        AnswerIf(JumpEqual, Clone3, Errno | Enosys);
        AnswerIf(JumpEqual, table.Unshare, Errno | Eperm);
        foreach (uint number in table.Denied.Concat(DeniedShared))
        {
            AnswerIf(JumpEqual, number, Errno | Eperm);
        }

        if (traced)
        {
            AnswerIf(JumpEqual, table.Execve, Trace);
            AnswerIf(JumpEqual, table.Execveat, Trace);
        }

        // clone: no new namespaces (flags in the first argument on both architectures)
        Emit(JumpEqual, table.CloneCall, 0, 4);
        Emit(Load, 16);
        Emit(JumpSet, NamespaceFlags, 0, 1);
        Emit(Return, Errno | Eperm);
        Emit(Return, Allow);
        // ioctl: no typing into a terminal
        Emit(JumpEqual, table.Ioctl, 0, 5);
        Emit(Load, 24);
        Emit(JumpEqual, Tiocsti, 1, 0);
        Emit(JumpEqual, Tioclinux, 0, 1);
        Emit(Return, Errno | Eperm);
        Emit(Return, Allow);
        // socket families: UNIX, INET, INET6 and NETLINK route only
        Emit(JumpEqual, table.Socket, 2, 0);
        Emit(JumpEqual, table.SocketPair, 1, 0);
        Emit(Return, Allow);
        Emit(Load, 16);
        AnswerIf(JumpEqual, 1, Allow);
        AnswerIf(JumpEqual, 2, Allow);
        AnswerIf(JumpEqual, 10, Allow);
        Emit(JumpEqual, 16, 0, 3);
        Emit(Load, 32);
        AnswerIf(JumpEqual, 0, Allow);
        Emit(Return, Errno | Eafnosupport);

        byte[] bytes = new byte[code.Count * 8];
        for (int i = 0; i < code.Count; i++)
        {
            var span = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(span, code[i].Op);
            span[2] = code[i].True;
            span[3] = code[i].False;
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], code[i].Value);
        }

        return bytes;
    }
}
