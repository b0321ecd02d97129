using System.Runtime.InteropServices;

namespace CodexSecurity.Adapters.Sandboxes.Launching;

/// <summary>The system calls of a start program, by their numbers on one architecture.</summary>
internal sealed record SyscallNumbers(
    Architecture Architecture, ushort ElfMachine, int Openat, int Write, int Close, int Fchmod, int Mkdirat, int Symlinkat, int Mount, int PivotRoot,
    int Umount2, int Chdir, int Umask, int Unshare, int Sethostname, int Prctl, int Capset, int Setsid, int Socket, int Bind, int Listen, int Ioctl, int Sendmsg,
    int Dup3, int Readlinkat, int Execve, int ExitGroup)
{
    // The same on both, as all numbers from 424 up.
    public const int MountSetattr = 442, CloseRange = 436;

    public int Read => Architecture == Architecture.X64 ? 0 : 63;

    public int Seccomp => Architecture == Architecture.X64 ? 317 : 277;

    public int Kill => Architecture == Architecture.X64 ? 62 : 129;

    public int Setgroups => Architecture == Architecture.X64 ? 116 : 159;

    public int Setresuid => Architecture == Architecture.X64 ? 117 : 147;

    public int Setresgid => Architecture == Architecture.X64 ? 119 : 149;

    private static readonly SyscallNumbers s_x64 = new(
        Architecture.X64, 62, 257, 1, 3, 91, 258, 266, 165, 155, 166, 80, 95, 272, 170, 157, 126, 112, 41, 49, 50, 16, 46, 292, 267, 59, 231);

    private static readonly SyscallNumbers s_arm64 = new(
        Architecture.Arm64, 183, 56, 64, 57, 52, 34, 36, 40, 41, 39, 49, 166, 97, 161, 167, 91, 157, 198, 200, 201, 29, 211, 24, 78, 221, 94);

    /// <summary>The numbers for an architecture, or null where they are not known here.</summary>
    public static SyscallNumbers? For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => s_x64,
        Architecture.Arm64 => s_arm64,
        _ => null,
    };
}
