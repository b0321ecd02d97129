using CodexSecurity.Adapters.Sandboxes.Launching;

namespace CodexSecurity.Adapters.Sandboxes.Unshare;

/// <summary>
/// The second choice where bubblewrap is missing: util-linux' <c>unshare</c> makes the namespaces, and a program of system calls that
/// is assembled for each run (<see cref="SyscallProgram"/>) furnishes the root, drops everything and applies the filter. No compiler
/// and no further tool is needed on the machine. It needs Linux 5.12 (mount_setattr) and namespaces for ordinary users.
/// </summary>
public sealed class UnshareSandbox : LocalSandbox
{
    private const string UnshareTool = "/usr/bin/unshare";
    private static readonly string s_stage = "/proc/self/fd/" + ListenerProgram.Self;

    /// <inheritdoc />
    public override string Name => "unshare";

    private protected override IReadOnlyList<string> Tools => [UnshareTool];

    // The root is built on a folder that only this mount namespace sees covered; it stays empty on the host.
    private protected override Launch Prepare(LaunchRequest request) => !OperatingSystem.IsLinux() ? throw new PlatformNotSupportedException() : new(
        [
            UnshareTool, "--map-root-user", "--mount", "--propagation", "private", "--ipc", "--pid", "--net", "--uts", "--cgroup", "--fork", "--kill-child", "--", s_stage,
        ],
        [(RootProgram.Build(request, TreeStore.Stage), ListenerProgram.Self)]);
}
