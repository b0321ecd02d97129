using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes.Bubblewrap;

/// <summary>
/// Local driver on bubblewrap. Started as root it drops to one uid per run first; the environment of bubblewrap itself is
/// empty; files come in and out as tar streams; observers and limits work from outside.
/// </summary>
public sealed class BubblewrapSandbox : ISandbox
{
    private const string Bwrap = "/usr/bin/bwrap", SetPriv = "/usr/bin/setpriv", Strace = "/usr/bin/strace";
    private static int s_lastUid;
    private readonly Lock _lock = new();
    private readonly byte[]? _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture);
    private Task<SandboxStatus>? _status;

    /// <inheritdoc />
    public string Name => "bubblewrap";

    /// <inheritdoc />
    public Task<SandboxStatus> ProbeAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            // Not cancelled by one caller: the answer is for all.
            _status ??= ProbeOnceAsync(CancellationToken.None);
        }

        return _status.WaitAsync(ct);
    }

    /// <inheritdoc />
    public async Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
    {
        SpecCheck.Check(spec);
        var status = await ProbeAsync(ct).ConfigureAwait(false);
        return status.Available ? await RunUncheckedAsync(spec, [], null, ct).ConfigureAwait(false)
            : new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = status.Reason };
    }

    /// <summary>The same with extra read-only binds (the registry socket) and outputs unpacked into a host folder.</summary>
    internal async Task<SandboxRun> RunSetUpAsync(SandboxSpec spec, IReadOnlyList<(string From, string To)> binds, string outputFolder, CancellationToken ct)
    {
        SpecCheck.Check(spec);
        var status = await ProbeAsync(ct).ConfigureAwait(false);
        return status.Available ? await RunUncheckedAsync(spec, binds, outputFolder, ct).ConfigureAwait(false)
            : new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = status.Reason };
    }

    private async Task<SandboxStatus> ProbeOnceAsync(CancellationToken ct)
    {
        string? missing = !OperatingSystem.IsLinux() ? "not Linux"
            : _filter is null ? "no system call table for this architecture"
            : new[] { Bwrap, SetPriv, "/usr/bin/tar" }.FirstOrDefault(tool => !File.Exists(tool));
        if (missing is not null)
        {
            return new SandboxStatus(false, $"bubblewrap: missing {missing}");
        }

        try
        {
            return await CoreProbe.RunAsync(spec => RunUncheckedAsync(spec, [], null, ct)).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            return new SandboxStatus(false, "bubblewrap: " + error.Message);
        }
    }

    private async Task<SandboxRun> RunUncheckedAsync(
        SandboxSpec spec, IReadOnlyList<(string From, string To)> extraBinds, string? outputFolder, CancellationToken ct)
    {
        bool traced = spec.Trace == SandboxTrace.Exec || !spec.CommandCanaries.IsEmpty;
        if (traced && !File.Exists(Strace))
        {
            return new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = "strace is not installed" };
        }

        bool root = LinuxNative.geteuid() == 0;
        if (!root && !spec.NetworkCanaries.IsEmpty)
        {
            return new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = "a network canary needs root to enter the sandbox's network" };
        }

        if (spec.Trees.FirstOrDefault(tree => !Directory.Exists(tree.HostPath)) is { } absent)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = $"no folder for {absent.Target}" };
        }

        List<(string From, string To)> binds = [.. extraBinds, .. BubblewrapArguments.ToolFolders.Select(f => (f, f))], copies = [];
        foreach (var tree in spec.Trees)
        {
            string host = root && OperatingSystem.IsLinux() ? TreeStore.Readable(tree.HostPath) : Path.GetFullPath(tree.HostPath);
            binds.Add((host, tree.Writable ? $"/trees/{copies.Count}" : tree.Target));
            if (tree.Writable)
            {
                copies.Add(($"/trees/{copies.Count}", tree.Target));
            }
        }

        var files = BubblewrapArguments.Files(spec);
        byte[] options = Encoding.UTF8.GetBytes(string.Join('\0', BubblewrapArguments.Options(spec, files, binds)) + '\0');
        var handles = new List<SafeFileHandle>();
        SafeFileHandle Own(SafeFileHandle handle) { handles.Add(handle); return handle; }
        (SafeFileHandle Read, SafeFileHandle Write) Pipe() { var pipe = LinuxNative.Pipe(); handles.Add(pipe.Read); handles.Add(pipe.Write); return pipe; }
        try
        {
            var (stdout, stderr, info, state, go, output, trace) = (Pipe(), Pipe(), Pipe(), Pipe(), Pipe(), Pipe(), Pipe());
            List<(SafeFileHandle, int)> descriptors =
            [
                (Own(LinuxNative.Memory(spec.Stdin.Span)), 0), (stdout.Write, 1), (stderr.Write, 2), (Own(LinuxNative.Memory(options)), 3),
                (state.Write, BubblewrapArguments.Status), (go.Read, BubblewrapArguments.Go),
                (Own(LinuxNative.Memory(TarStreams.Pack(spec.Files))), BubblewrapArguments.Input), (output.Write, BubblewrapArguments.Output),
                (info.Write, BubblewrapArguments.Info), (Own(LinuxNative.Memory(_filter!)), BubblewrapArguments.Filter),
            ];
            descriptors.AddRange(files.Select((file, i) => (Own(LinuxNative.Memory(file.Content)), BubblewrapArguments.FirstFile + i)));
            List<string> argv = [];
            if (traced)
            {
                argv.AddRange([Strace, "-f", "--seccomp-bpf", "-qq", "-xx", "-s", "8192", "-e", "trace=execve,execveat", "-e", "signal=none", "-o",
                    $"/proc/{Environment.ProcessId}/fd/{trace.Write.DangerousGetHandle()}"]);
            }

            if (root)
            {
                string uid = $"{400_000_000 + ((Environment.ProcessId & 0xffff) << 10) + (Interlocked.Increment(ref s_lastUid) & 1023)}";
                argv.AddRange([SetPriv, "--reuid", uid, "--regid", uid, "--clear-groups", "--no-new-privs", "--"]);
            }

            argv.AddRange([Bwrap, "--args", "3", "--", "/bin/sh", "-c", BubblewrapArguments.Frame(spec, copies)]);
            using var run = new RunSession(spec, (stdout.Read, stderr.Read, info.Read, state.Read, go.Write, output.Read, trace.Read), traced, outputFolder);
            int pid = await Spawner.StartAsync(argv, descriptors).ConfigureAwait(false);
            foreach (var write in (SafeFileHandle[])[stdout.Write, stderr.Write, info.Write, state.Write, output.Write, go.Read])
            {
                write.Dispose();
            }

            return await run.CompleteAsync(pid, trace.Write, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = error.Message };
        }
        finally
        {
            handles.ForEach(handle => handle.Dispose());
        }
    }
}
