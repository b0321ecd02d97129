using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Bubblewrap;

/// <summary>Turns a spec into bubblewrap's options and the small shell program that frames the payload.</summary>
internal static class BubblewrapArguments
{
    public const int Status = 4, Go = 5, Input = 6, Output = 7, Info = 8, Filter = 9, FirstFile = 10;

    /// <summary>Files that bubblewrap itself writes: path, content, mode. The n-th is read from descriptor FirstFile + n.</summary>
    public static IReadOnlyList<(string Path, byte[] Content, string Mode)> Files(SandboxSpec spec)
    {
        static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
        List<(string, byte[], string)> files =
        [
            ("/etc/passwd", Text("app:x:1000:1000::/tmp:/bin/sh\n"), "0444"),
            ("/etc/group", Text("app:x:1000:\n"), "0444"),
            ("/etc/hosts", Text("127.0.0.1 localhost\n::1 localhost\n"), "0444"),
            ("/etc/nsswitch.conf", Text("passwd: files\ngroup: files\nhosts: files\n"), "0444"),
        ];
        files.AddRange(spec.CommandCanaries.Select(name => ($"/canary/bin/{name}", Text("#!/bin/sh\nexit 0\n"), "0555")));
        files.AddRange(spec.FileCanaries.Select(canary => (canary.Path, canary.Content.ToArray(), "0444")));
        return files;
    }

    public static IEnumerable<string> Options(
        SandboxSpec spec, IReadOnlyList<(string Path, byte[] Content, string Mode)> files, IReadOnlyList<(string From, string To)> binds)
    {
        List<string> o =
        [
            "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
            "--disable-userns", "--assert-userns-disabled", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
            "--clearenv", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox",
            "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/opt", "/opt", "--dir", "/etc",
        ];
        foreach (string name in (string[])["bin", "sbin", "lib", "lib64"])
        {
            if (Directory.Exists("/" + name))
            {
                o.AddRange(["--symlink", "usr/" + name, "/" + name]);
            }
        }

        foreach (string path in (string[])["/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs", .. JavaSettings])
        {
            o.AddRange(["--ro-bind-try", path, path]);
        }

        string disk = spec.Limits.DiskBytes.ToString(CultureInfo.InvariantCulture);
        o.AddRange(["--proc", "/proc", "--dev", "/dev"]);
        foreach (string path in (string[])["/tmp", "/dev/shm", "/work", "/out"])
        {
            o.AddRange(["--perms", "0755", "--size", disk, "--tmpfs", path]);
        }

        foreach (var (from, to) in binds)
        {
            o.AddRange(["--ro-bind", from, to]);
        }

        for (int i = 0; i < files.Count; i++)
        {
            o.AddRange(["--perms", files[i].Mode, "--file", (FirstFile + i).ToString(CultureInfo.InvariantCulture), files[i].Path]);
        }

        foreach (var (name, value) in spec.Environment.SetItem("PATH", SearchPath).SetItem("HOME", "/tmp"))
        {
            o.AddRange(["--setenv", name, value]);
        }

        o.AddRange(["--remount-ro", "/", "--seccomp", $"{Filter}", "--info-fd", $"{Info}"]);
        return o;
    }

    public static string SearchPath => "/canary/bin:" + string.Join(':', ToolFolders.Append("/usr/local/bin").Append("/usr/bin").Append("/bin"));

    /// <summary>Folders of tools that live outside /usr and /opt, which must be bound as well.</summary>
    public static IReadOnlyList<string> ToolFolders { get; } = FindToolFolders();

    private static readonly string[] JavaSettings = [.. (Directory.Exists("/etc") ? Directory.GetDirectories("/etc", "java-*") : []).Order(StringComparer.Ordinal)];

    // The payload starts only after "go" (observers are ready), and the frame ends only when it is killed after its
    // resource use was read. It closes every descriptor of the frame before the payload starts.
    public static string Frame(SandboxSpec spec, IReadOnlyList<(string From, string To)> copies)
    {
        var limits = spec.Limits;
        var script = new StringBuilder();
        script.Append("read go <&5 || exit 1\nexec 3>&2 2>/dev/null 9<&- 8<&-\numask 022\nfail() { echo \"setup $1\" >&4; read go <&5; exit 1; }\n");
        if (!spec.Files.IsEmpty)
        {
            script.Append("tar -xf - --no-same-owner -C /work <&6 || fail files\n");
        }

        foreach (var (from, to) in copies)
        {
            script.Append(CultureInfo.InvariantCulture, $"mkdir -p {Quote(to)} && cp -R {Quote(from + "/.")} {Quote(to)} && chmod -R u+w {Quote(to)} || fail tree\n");
        }

        script.Append(CultureInfo.InvariantCulture, $"cd {Quote(spec.WorkingDirectory)} || fail folder\necho started >&4\n(\n");
        script.Append(CultureInfo.InvariantCulture, $"ulimit -c 0; ulimit -n 4096; ulimit -f {limits.FileBytes / 512}; ulimit -t {(long)limits.Cpu.TotalSeconds + 1}; ulimit -p {limits.Processes + 2}\n");
        script.Append(CultureInfo.InvariantCulture, $"exec 2>&3 3>&- 4>&- 5<&- 6<&- 7>&-\nexec {string.Join(' ', spec.Command.Select(Quote))}\n)\necho \"exit $?\" >&4\nset --\n");
        foreach (string output in spec.Outputs)
        {
            string path = Quote(output.StartsWith('/') ? output[1..] : "out/" + output);
            script.Append(CultureInfo.InvariantCulture, $"[ -e /{path} ] && set -- \"$@\" {path}\n");
        }

        script.Append("[ $# = 0 ] || tar -cf - -C / -- \"$@\" >&7\nexec 7>&-\necho done >&4\nread go <&5\n");
        return script.ToString();
    }

    public static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static List<string> FindToolFolders()
    {
        string? node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
        string? real = node is null ? null : File.ResolveLinkTarget(node, true)?.FullName ?? node;
        return real is null || real.StartsWith("/usr/", StringComparison.Ordinal) || real.StartsWith("/opt/", StringComparison.Ordinal)
            ? [] : [Path.GetDirectoryName(real)!];
    }
}
