namespace CodexSecurity.Adapters.Sandboxes.Launching;

/// <summary>
/// The small programs around a sandbox on the host. A shell and <c>setpriv</c> would do as well, but cost
/// some 9 of the 25 ms of processor time that a run took beside its payload.
/// </summary>
internal static class LaunchProgram
{
    /// <summary>The descriptor that each starts from.</summary>
    public const int Self = 13;

    /// <summary>The file that a spawner starts.</summary>
    public static readonly string Path = $"/proc/self/fd/{Self}";

    /// <summary>
    /// Starts what builds the sandbox, in an empty environment: as a user of its own where one is given, without a way to gain rights, and
    /// ended where its starter's thread ends (the signal does not survive a change of the user, so it is asked for last).
    /// </summary>
    /// <param name="n">System calls of this machine.</param>
    /// <param name="user">User and group id; null to stay who this process is.</param>
    /// <param name="command">An absolute path, and arguments.</param>
    public static byte[] Start(SyscallNumbers n, uint? user, IReadOnlyList<string> command)
    {
        var p = new SyscallProgram(n, Frame.Status);
        if (user is { } id)
        {
            p.Call("groups", n.Setgroups, 0, 0);
            p.Call("group", n.Setresgid, id, id, id);
            p.Call("user", n.Setresuid, id, id, id);
            p.Call("no new privileges", n.Prctl, 38, 1, 0, 0, 0);
        }

        p.Call("death signal", n.Prctl, 1, LinuxNative.SigKill, 0, 0, 0);
        p.Call("descriptors", SyscallNumbers.CloseRange, Self, Self, 0);
        p.Call("start", n.Execve, p.Text(command[0]), p.Vector(command), p.Vector([]));
        return p.Build();
    }

    /// <summary>Ends its process group, itself too, once nobody holds the other end of its input any more.</summary>
    public static byte[] Watch(SyscallNumbers n)
    {
        var p = new SyscallProgram(n, 2);
        p.Call("", n.Read, 0, p.Bytes(new byte[8]), 1);
        p.Call("", n.Kill, 0, LinuxNative.SigKill);
        p.Call("", n.ExitGroup, 1);
        return p.Build();
    }
}
