using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>
/// A container as the platform would make it: root inside with the usual few capabilities, a process table and a network of its own, an image's files read-only for
/// anybody but root. The runner in it is the real program.
/// </summary>
internal sealed class FakeContainer : IDisposable
{
    // What container runtimes leave to root by default.
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    private static int s_users;
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-container-").FullName;
    private readonly StringBuilder _log = new();
    private readonly Process _process;

    /// <param name="command">The container's command.</param>
    /// <param name="environment">Its variables.</param>
    /// <param name="mounts">Host folder, place inside, and whether it may be written.</param>
    /// <param name="ownNetwork">False only for our own program that has to reach a test server.</param>
    public FakeContainer(IReadOnlyList<string> command, IEnumerable<(string Name, string Value)> environment, IEnumerable<(string Host, string Inside, bool Writable)> mounts, bool ownNetwork)
    {
        string arguments = Path.Combine(_folder, "arguments");
        File.WriteAllText(arguments, string.Join('\0', Options(environment, mounts, ownNetwork)) + '\0');
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec 3<\"$0\"; exec /usr/bin/bwrap --args 3 -- \"$@\"", arguments, .. command])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment.Clear();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static string? Missing => !OperatingSystem.IsLinux() ? "containers need Linux" : !File.Exists("/usr/bin/bwrap") ? "bwrap is not installed" : !MayMake() ? "making a container with users of its own needs root with its capabilities" : null;

    public bool Running => !_process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Ends everything in it; returns once nothing is left.</summary>
    public void Kill()
    {
        // The first process of the container is the launcher's child; with it the kernel ends all others before the launcher sees its end.
        string children = $"/proc/{_process.Id}/task/{_process.Id}/children";
        for (int i = 0; i < 200 && !_process.HasExited; i++)
        {
            foreach (string id in (File.Exists(children) ? File.ReadAllText(children) : "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                try
                {
                    using var child = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
                    child.Kill();
                }
                catch (Exception error) when (error is ArgumentException or InvalidOperationException)
                {
                    continue; // it has ended
                }
            }

            _process.WaitForExit(50);
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        Directory.Delete(_folder, true);
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_log) _log.Append(line.Data).Append('\n');
        }
    }

    // What the container's root gets, and over it CAP_NET_ADMIN and CAP_SYS_ADMIN for the namespaces.
    private static bool MayMake()
    {
        const ulong Needed = 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 8 | 1UL << 10 | 1UL << 12 | 1UL << 13 | 1UL << 18 | 1UL << 21 | 1UL << 27 | 1UL << 29 | 1UL << 31;
        string effective = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff:", StringComparison.Ordinal))[7..].Trim();
        return Environment.IsPrivilegedProcess && (ulong.Parse(effective, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Needed) == Needed;
    }

    // In a machine that has few user ids, one of those.
    private static long FirstUser()
    {
        const long First = 400_600_000;
        long wanted = First + ((Environment.ProcessId & 0x3FFF) << 10);
        bool all = File.ReadLines("/proc/self/uid_map").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(part => long.Parse(part[0], CultureInfo.InvariantCulture) + long.Parse(part[2], CultureInfo.InvariantCulture) > wanted + 1024);
        return all ? wanted : 30_000;
    }

    private List<string> Options(IEnumerable<(string Name, string Value)> environment, IEnumerable<(string Host, string Inside, bool Writable)> mounts, bool ownNetwork)
    {
        List<string> o = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "container", "--new-session", "--cap-drop", "ALL", "--clearenv"];
        if (ownNetwork) o.Add("--unshare-net");
        foreach (string capability in s_capabilities) o.AddRange(["--cap-add", capability]);
        o.AddRange(["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc", "--perms", "0755", "--dir", "/etc/ssl", "--perms", "0755", "--dir", "/opt", "--proc", "/proc", "--dev", "/dev"]);
        foreach (string name in (string[])["bin", "sbin", "lib", "lib64"])
        {
            if (Directory.Exists("/" + name)) o.AddRange(["--symlink", "usr/" + name, "/" + name]);
        }

        foreach (string path in (string[])["/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs"])
        {
            if (Path.Exists(path)) o.AddRange(["--ro-bind", path, path]);
        }

        string runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        o.AddRange(["--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/dev/shm", "--perms", "0755", "--dir", "/mnt"]);
        o.AddRange(["--ro-bind", runtime, "/opt/dotnet", "--ro-bind", AppContext.BaseDirectory, "/opt/codex-security"]);
        o.AddRange(["--ro-bind", Put("passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n"), "/etc/passwd", "--ro-bind", Put("hosts", "127.0.0.1 localhost\n"), "/etc/hosts"]);
        foreach (var (host, inside, writable) in mounts) o.AddRange([writable ? "--bind" : "--ro-bind", host, inside]);
        // A user of this container only: the kernel counts a user's processes over all of them.
        string user = (FirstUser() + (Interlocked.Increment(ref s_users) & 0x3FF)).ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in environment.Append(("DOTNET_ROOT", "/opt/dotnet")).Append(("PATH", "/usr/local/bin:/usr/bin:/bin")).Append(("CODEX_SECURITY_RUNNER_USER", user)))
        {
            o.AddRange(["--setenv", name, value]);
        }

        return o;
    }

    private string Put(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
