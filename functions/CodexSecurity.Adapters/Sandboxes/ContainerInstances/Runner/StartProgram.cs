using System.Globalization;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.Launching;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// The program that turns a child of the runner (root) into the run's own user before anything untrusted starts: no groups, no capabilities, no way to gain any,
/// nothing open but the given descriptors, and the system-call filter. Namespaces are not to be had in a container, nor needed: the container is the run's alone.
/// </summary>
internal static class StartProgram
{
    /// <summary>Descriptors beside 0 to 2: status of the frame, "go on" to it, what the packer writes, and the program's own file.</summary>
    public const int Status = 4, Go = 5, Output = 7, Self = ListenerProgram.Self;

    /// <summary>Builds the program; it goes on with a shell script.</summary>
    public static byte[] Build(SyscallNumbers n, uint uid, byte[] filter, string script, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var p = Lowered(n, uid);
        p.Call("no new privileges", n.Prctl, 38, 1, 0, 0, 0);
        p.Call("descriptors", SyscallNumbers.CloseRange, Self, uint.MaxValue, 0);
        p.Call("filter", n.Seccomp, 1, 0, p.Words(filter.Length / 8, p.Bytes(filter)));
        p.Call("start", n.Execve, p.Text("/bin/sh"), p.Vector(["/bin/sh", "-c", script]), p.Vector(environment.Select(e => $"{e.Key}={e.Value}")));
        return p.Build();
    }

    /// <summary>
    /// A program that kills every process of the run's user in one call. The kernel goes through all of them at once, so none can get away by starting others. It spares
    /// itself, then is not found by its own number any more, since it ends.
    /// </summary>
    public static byte[] Killer(SyscallNumbers n, uint uid)
    {
        var p = Lowered(n, uid);
        p.Call("", n.Kill, -1, LinuxNative.SigKill);
        p.Call("", n.ExitGroup, 0);
        return p.Build();
    }

    private static SyscallProgram Lowered(SyscallNumbers n, uint uid)
    {
        var p = new SyscallProgram(n, Status);
        p.Call("session", n.Setsid);
        p.Call("groups", n.Setgroups, 0, 0);
        p.Call("group", n.Setresgid, uid, uid, uid);
        for (int capability = 0; capability < 64; capability++)
        {
            p.Call("", n.Prctl, 24, capability, 0, 0, 0); // the kernel refuses numbers that it does not know
        }

        p.Call("user", n.Setresuid, uid, uid, uid);
        p.Call("capabilities", n.Capset, p.Words(0x20080522), p.Words(0, 0, 0));
        // Where the runner dies, so does the run.
        p.Call("death signal", n.Prctl, 1, LinuxNative.SigKill, 0, 0, 0);
        return p;
    }

    /// <summary>
    /// The shell that stands between the start program and the payload. It sets the limits, so that the payload is started by a process of the run's own user, which a
    /// tracer without special rights can read; it tells the exit code and then waits to be killed, so that its children's CPU time stays readable.
    /// </summary>
    public static string Frame(JobFrame job)
    {
        var limits = job.Limits;
        long file = Math.Min(limits.FileBytes, limits.DiskBytes) / 512;
        var script = new StringBuilder();
        script.Append("exec 3>&2 2>/dev/null\numask 022\n");
        script.Append(CultureInfo.InvariantCulture, $"cd {Quote(job.WorkingDirectory)} || {{ echo 'setup folder' >&4; exit 1; }}\necho started >&4\n(\n");
        script.Append(CultureInfo.InvariantCulture, $"ulimit -c 0; ulimit -n 4096; ulimit -f {file}; ulimit -t {(long)limits.Cpu.TotalSeconds + 1}; ulimit -p {limits.Processes + 2}\n");
        script.Append(CultureInfo.InvariantCulture, $"exec 2>&3 3>&- 4>&- 5<&-\nexec {string.Join(' ', job.Command.Select(Quote))}\n)\necho \"exit $?\" >&4\nread go <&5\n");
        return script.ToString();
    }

    /// <summary>The shell that packs the outputs, again as the run's user: no path made by the run is opened by root.</summary>
    public static string Packer(IEnumerable<string> outputs)
    {
        var script = new StringBuilder("exec 2>/dev/null\nset --\n");
        foreach (string output in outputs)
        {
            string path = Quote(output.StartsWith('/') ? output[1..] : "out/" + output);
            script.Append(CultureInfo.InvariantCulture, $"[ -e /{path} ] && set -- \"$@\" {path}\n");
        }

        return script.Append("[ $# = 0 ] || exec tar -cf - -C / -- \"$@\" >&7\n").ToString();
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
