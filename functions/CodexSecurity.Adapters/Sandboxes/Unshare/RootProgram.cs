using System.Globalization;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.Launching;

namespace CodexSecurity.Adapters.Sandboxes.Unshare;

/// <summary>
/// The program that runs as the first process of new namespaces, with every capability in them: builds the root, moves into it, gives
/// everything up and becomes the frame. What bubblewrap does for the other driver.
/// </summary>
internal static class RootProgram
{
    private const long Cwd = -100;
    private const long ReadOnly = 1, NoSuid = 2, NoDev = 4, NoExec = 8, Bind = 4096, Recursive = 16384;
    private const long NewUser = 0x10000000;

    public static byte[] Build(LaunchRequest request, string stage)
    {
        var (spec, layout, filter, n, traced) = request;
        var p = new SyscallProgram(n, Frame.Status);
        var made = new HashSet<string>(StringComparer.Ordinal);

        // Where this program's starter dies, so does it, and with it all in its process namespace.
        p.Call("death signal", n.Prctl, 1, LinuxNative.SigKill, 0, 0, 0);
        p.Call("session", n.Setsid);
        p.Call("", n.Umask, 0);
        // The host's process file system still shows host ids: this link names this process as the host sees it.
        WriteHostId(p, n);
        if (traced)
        {
            // Ends once the tracer is there: nothing is written, the other end is closed.
            p.Call("tracer", n.Read, Frame.Gate, p.Bytes(new byte[8]), 1);
        }

        p.Call("root", n.Mount, p.Text("tmpfs"), p.Text(stage), p.Text("tmpfs"), NoSuid | NoDev, p.Text("mode=0755"));
        p.Call("root folder", n.Chdir, p.Text(stage));
        foreach (var (target, path) in layout.Links)
        {
            p.Call($"link {path}", n.Symlinkat, p.Text(target), Cwd, p.Text(Inside(path)));
        }

        Folder("/proc");
        p.Call("proc", n.Mount, p.Text("proc"), p.Text("proc"), p.Text("proc"), NoSuid | NoDev | NoExec, 0);
        Devices();
        string size = $"mode=0755,nr_inodes=300000,size={spec.Limits.DiskBytes.ToString(CultureInfo.InvariantCulture)}";
        foreach (string path in SandboxLayout.Writable)
        {
            Folder(path);
            p.Call($"folder {path}", n.Mount, p.Text("tmpfs"), p.Text(Inside(path)), p.Text("tmpfs"), NoSuid | NoDev, p.Text(size));
        }

        foreach (var (from, to) in layout.Binds)
        {
            if (Directory.Exists(from))
            {
                Folder(to);
            }
            else
            {
                EmptyFile(to);
            }

            p.Call($"bind {to}", n.Mount, p.Text(from), p.Text(Inside(to)), 0, Bind | Recursive, 0);
            Restrict(to, ReadOnly | NoSuid | NoDev, recursive: true);
        }

        foreach (var file in layout.Files)
        {
            Parents(file.Path);
            p.Keep($"file {file.Path}", n.Openat, Cwd, p.Text(Inside(file.Path)), 0x241, 0x180);
            // Written whole: a short write to memory happens only where the memory is full, and the next call then says so.
            p.Call($"file {file.Path}", n.Write, SyscallProgram.Last, p.Bytes(file.Content), file.Content.Length);
            p.Call($"file {file.Path}", n.Fchmod, SyscallProgram.Last, file.Mode);
            p.Call($"file {file.Path}", n.Close, SyscallProgram.Last);
        }

        // The classic exchange: the new root goes over the old one at the same place, and the old one is let go of.
        p.Call("pivot", n.PivotRoot, p.Text("."), p.Text("."));
        p.Call("old root", n.Umount2, p.Text("."), 2);
        p.Call("new root", n.Chdir, p.Text("/"));
        // One more user namespace, the one below; then none: its count stands against this limit however deep one tries.
        Put("/proc/sys/user/max_user_namespaces", "1\n");
        foreach (string path in (string[])["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"])
        {
            // Not on every kernel; what is there belongs to a user that is not mapped inside.
            p.Call("", n.Mount, p.Text(path), p.Text(path), 0, Bind | Recursive, 0);
            p.Call("", SyscallNumbers.MountSetattr, Cwd, p.Text(path), 0x8000, p.Words(ReadOnly, 0, 0, 0), 32);
        }

        Restrict("/dev", ReadOnly, recursive: false);
        Restrict("/", ReadOnly, recursive: false);
        p.Call("host name", n.Sethostname, p.Text("sandbox"), 7);
        LoopbackUp();
        if (!spec.NetworkCanaries.IsEmpty)
        {
            ListenerProgram.Append(p, n, spec.NetworkCanaries);
        }

        GiveUp();
        string[] frame = ["/bin/sh", "-c", Frame.Script(spec, layout.Copies)];
        p.Call("start", n.Execve, p.Text(frame[0]), p.Vector(frame), p.Vector(layout.Environment.Select(e => $"{e.Key}={e.Value}")));
        return p.Build();

        void Folder(string path)
        {
            Parents(path);
            if (made.Add(path))
            {
                // It may be there already: below a bound folder, or from a file system mounted here.
                p.Call("", n.Mkdirat, Cwd, p.Text(Inside(path)), 0x1ED);
            }
        }

        void Parents(string path)
        {
            string? parent = Path.GetDirectoryName(path);
            if (parent is not null and not "/")
            {
                Folder(parent);
            }
        }

        void EmptyFile(string path)
        {
            Parents(path);
            p.Keep($"file {path}", n.Openat, Cwd, p.Text(Inside(path)), 0x41, 0x124);
            p.Call($"file {path}", n.Close, SyscallProgram.Last);
        }

        void Restrict(string path, long attributes, bool recursive) => p.Call(
            $"restrict {path}", SyscallNumbers.MountSetattr, Cwd, p.Text(path == "/" ? "/" : Inside(path)), recursive ? 0x8000 : 0, p.Words(attributes, 0, 0, 0), 32);

        void Put(string path, string text)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            p.Keep(path, n.Openat, Cwd, p.Text(path), 1, 0);
            p.Call(path, n.Write, SyscallProgram.Last, p.Bytes(bytes), bytes.Length);
            p.Call(path, n.Close, SyscallProgram.Last);
        }

        void Devices()
        {
            Folder("/dev");
            p.Call("dev", n.Mount, p.Text("tmpfs"), p.Text("dev"), p.Text("tmpfs"), NoSuid | NoExec, p.Text("mode=0755,size=1m"));
            foreach (string name in (string[])["null", "zero", "full", "random", "urandom", "tty"])
            {
                EmptyFile("/dev/" + name);
                p.Call("device " + name, n.Mount, p.Text("/dev/" + name), p.Text("dev/" + name), 0, Bind, 0);
            }

            foreach (var (name, target) in new[] { ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx") })
            {
                p.Call("device " + name, n.Symlinkat, p.Text(target), Cwd, p.Text("dev/" + name));
            }

            Folder("/dev/pts");
            p.Call("", n.Mount, p.Text("devpts"), p.Text("dev/pts"), p.Text("devpts"), NoSuid | NoExec, p.Text("newinstance,ptmxmode=0666,mode=620"));
        }

        void LoopbackUp()
        {
            byte[] request = new byte[40];
            Encoding.ASCII.GetBytes("lo").CopyTo(request, 0);
            request[16] = 0x41; // IFF_UP | IFF_RUNNING
            p.Keep("loopback", n.Socket, 2, 2, 0);
            p.Call("loopback", n.Ioctl, SyscallProgram.Last, 0x8914, p.Bytes(request));
            p.Call("loopback", n.Close, SyscallProgram.Last);
        }

        void GiveUp()
        {
            // A user namespace below the one that owns the mounts, the network and the processes: nothing in it has a right over them.
            p.Call("user namespace", n.Unshare, NewUser);
            Put("/proc/self/setgroups", "deny");
            Put("/proc/self/uid_map", "1000 0 1\n");
            Put("/proc/self/gid_map", "1000 0 1\n");
            for (int capability = 0; capability < 64; capability++)
            {
                p.Call("", n.Prctl, 24, capability, 0, 0, 0); // the kernel refuses numbers that it does not know
            }

            p.Call("capabilities", n.Capset, p.Words(0x20080522), p.Words(0, 0, 0));
            p.Call("no new privileges", n.Prctl, 38, 1, 0, 0, 0);
            // Descriptors from the program's own file up.
            p.Call("descriptors", SyscallNumbers.CloseRange, ListenerProgram.Self, uint.MaxValue, 0);
            long records = p.Bytes(filter);
            p.Call("filter", n.Seccomp, 1, 0, p.Words(filter.Length / 8, records));
        }
    }

    private static string Inside(string path) => path[1..];

    private static void WriteHostId(SyscallProgram p, SyscallNumbers n)
    {
        // {"child-pid": N} as bubblewrap writes it; readlink gives the digits without an end.
        long buffer = p.Bytes(new byte[32]);
        p.Keep("own id", n.Readlinkat, Cwd, p.Text("/proc/self"), buffer, 31);
        p.Call("own id", n.Write, Frame.Info, buffer, SyscallProgram.Last);
        p.Call("own id", n.Write, Frame.Info, p.Text("}"), 1);
        p.Call("own id", n.Close, Frame.Info);
    }
}
