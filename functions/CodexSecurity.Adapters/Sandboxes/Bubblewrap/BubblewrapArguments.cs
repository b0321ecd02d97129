using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes.Bubblewrap;

/// <summary>Turns a layout into bubblewrap's options.</summary>
internal static class BubblewrapArguments
{
    /// <summary>The n-th file of the layout is read from descriptor FirstFile + n.</summary>
    public const int FirstFile = 20;

    public static IEnumerable<string> Options(SandboxLayout layout, long disk, bool traced)
    {
        List<string> o =
        [
            "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
            "--disable-userns", "--assert-userns-disabled", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
            "--clearenv", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--dir", "/etc",
        ];
        foreach (var (target, path) in layout.Links)
        {
            o.AddRange(["--symlink", target, path]);
        }

        o.AddRange(["--proc", "/proc", "--dev", "/dev"]);
        foreach (string path in SandboxLayout.Writable)
        {
            o.AddRange(["--perms", "0755", "--size", disk.ToString(CultureInfo.InvariantCulture), "--tmpfs", path]);
        }

        foreach (var (from, to) in layout.Binds)
        {
            o.AddRange(["--ro-bind", from, to]);
        }

        for (int i = 0; i < layout.Files.Length; i++)
        {
            o.AddRange(["--perms", "0" + Convert.ToString(layout.Files[i].Mode, 8), "--file", (FirstFile + i).ToString(CultureInfo.InvariantCulture), layout.Files[i].Path]);
        }

        foreach (var (name, value) in layout.Environment)
        {
            o.AddRange(["--setenv", name, value]);
        }

        // /dev is memory without a limit.
        o.AddRange(["--remount-ro", "/dev", "--remount-ro", "/", "--seccomp", $"{Frame.Filter}", "--info-fd", $"{Frame.Info}"]);
        if (traced)
        {
            o.AddRange(["--block-fd", $"{Frame.Gate}"]);
        }

        return o;
    }
}
