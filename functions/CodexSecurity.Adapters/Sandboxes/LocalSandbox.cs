using System.Runtime.InteropServices;
using System.Text.Json;
using CodexSecurity.Adapters.Sandboxes.Launching;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>How a driver starts one run: the command line, and memory files to pass by descriptor number.</summary>
internal sealed record Launch(IReadOnlyList<string> Command, IReadOnlyList<(byte[] Content, int As)> Files);

/// <summary>What a driver is told of one run.</summary>
/// <param name="Spec">What to run.</param>
/// <param name="Layout">What it looks like inside.</param>
/// <param name="Filter">The system-call filter.</param>
/// <param name="Numbers">System calls of this machine.</param>
/// <param name="Traced">Whether starts of programs are recorded: the first process then waits, before it starts any other, until the other end of <see cref="Frame.Gate"/> is closed.</param>
internal sealed record LaunchRequest(SandboxSpec Spec, SandboxLayout Layout, byte[] Filter, SyscallNumbers Numbers, bool Traced);

/// <summary>
/// What the drivers on one machine share: the probe, one uid a run where started as root, an empty environment for everything that
/// builds the sandbox, files in and out as tar streams, observers and limits that work from outside.
/// </summary>
public abstract class LocalSandbox : ISandbox
{
    private readonly Lock _lock = new();
    private readonly byte[]? _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture);
    private readonly byte[]? _tracedFilter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture, traced: true);
    private readonly SyscallNumbers? _numbers = SyscallNumbers.For(RuntimeInformation.ProcessArchitecture);
    private Task<SandboxStatus>? _status;

    private protected LocalSandbox()
    {
    }

    /// <inheritdoc />
    public abstract string Name { get; }

    /// <summary>Programs of the host without which the driver can't work.</summary>
    private protected abstract IReadOnlyList<string> Tools { get; }

    private protected abstract Launch Prepare(LaunchRequest request);

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
    public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct) => RunCheckedAsync(spec, [], null, ct);

    /// <summary>The same with extra read-only binds (the registry socket) and outputs unpacked into a host folder.</summary>
    internal Task<SandboxRun> RunSetUpAsync(SandboxSpec spec, IReadOnlyList<(string From, string To)> binds, string outputFolder, CancellationToken ct) =>
        RunCheckedAsync(spec, binds, outputFolder, ct);

    private async Task<SandboxRun> RunCheckedAsync(SandboxSpec spec, IReadOnlyList<(string From, string To)> binds, string? outputFolder, CancellationToken ct)
    {
        SpecCheck.Check(spec);
        var status = await ProbeAsync(ct).ConfigureAwait(false);
        return status.Available ? await RunUncheckedAsync(spec, binds, outputFolder, ct).ConfigureAwait(false)
            : new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = status.Reason };
    }

    private async Task<SandboxStatus> ProbeOnceAsync(CancellationToken ct)
    {
        string? missing = !OperatingSystem.IsLinux() ? "Linux"
            : _filter is null || _numbers is null ? "a system call table for this architecture"
            : Tools.Append("/usr/bin/tar").FirstOrDefault(tool => !File.Exists(tool));
        if (missing is not null)
        {
            return new SandboxStatus(false, $"{Name}: missing {missing}");
        }

        try
        {
            var status = await CoreProbe.RunAsync(spec => RunUncheckedAsync(spec, [], null, ct)).ConfigureAwait(false);
            return status.Available ? status : status with { Reason = $"{Name}: {status.Reason}" };
        }
        catch (IOException error)
        {
            return new SandboxStatus(false, $"{Name}: {error.Message}");
        }
    }

    private async Task<SandboxRun> RunUncheckedAsync(
        SandboxSpec spec, IReadOnlyList<(string From, string To)> extraBinds, string? outputFolder, CancellationToken ct)
    {
        bool traced = spec.Trace == SandboxTrace.Exec || !spec.CommandCanaries.IsEmpty;
        if (spec.Trees.FirstOrDefault(tree => !Directory.Exists(tree.HostPath)) is { } absent)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = $"no folder for {absent.Target}" };
        }

        bool root = LinuxNative.geteuid() == 0;
        var handles = new List<SafeFileHandle>();
        SafeFileHandle Own(SafeFileHandle handle) { handles.Add(handle); return handle; }
        (SafeFileHandle Read, SafeFileHandle Write) Pipe() { var pipe = LinuxNative.Pipe(); handles.Add(pipe.Read); handles.Add(pipe.Write); return pipe; }
        try
        {
            var layout = SandboxLayout.For(spec, extraBinds, path => root && OperatingSystem.IsLinux() ? TreeStore.Readable(path) : Path.GetFullPath(path));
            var launch = Prepare(new LaunchRequest(spec, layout, (traced ? _tracedFilter : _filter)!, _numbers!, traced));
            var (stdout, stderr, info, state, go, output, gate) = (Pipe(), Pipe(), Pipe(), Pipe(), Pipe(), Pipe(), Pipe());
            List<(SafeFileHandle, int)> descriptors =
            [
                (Own(LinuxNative.Memory(spec.Stdin.Span)), 0), (stdout.Write, 1), (stderr.Write, 2), (state.Write, Frame.Status), (go.Read, Frame.Go),
                (Own(LinuxNative.Memory(TarStreams.Pack(spec.Files))), Frame.Input), (output.Write, Frame.Output), (info.Write, Frame.Info),
            ];
            descriptors.AddRange(launch.Files.Select(file => (Own(LinuxNative.Memory(file.Content)), file.As)));
            if (traced)
            {
                // Only where it is waited at: nobody else closes it.
                descriptors.Add((gate.Read, Frame.Gate));
            }

            List<SafeFileHandle> ours = [stdout.Write, stderr.Write, info.Write, state.Write, output.Write, go.Read, gate.Read];
            SafeFileHandle? listeners = null;
            if (!spec.NetworkCanaries.IsEmpty)
            {
                var (host, inside) = LinuxNative.SocketPair();
                listeners = Own(host);
                ours.Add(Own(inside));
                descriptors.Add((inside, ListenerProgram.Socket));
            }

            // Where this process dies, nobody keeps the limits: the launcher dies with its parent, or with the group.
            var start = LinuxNative.Memory(LaunchProgram.Start(_numbers!, root ? RunUid.Next() : null, launch.Command));
            descriptors.Add((Own(start), LaunchProgram.Self));
            using var run = new RunSession(spec, (stdout.Read, stderr.Read, info.Read, state.Read, go.Write, output.Read, gate.Write, listeners), traced ? _numbers : null, outputFolder);
            using var group = await LaunchGroup.StartAsync(_numbers!).ConfigureAwait(false);
            int pid = await Spawner.StartAsync([LaunchProgram.Path], descriptors, group.Id).ConfigureAwait(false);
            ours.ForEach(handle => handle.Dispose());
            return await run.CompleteAsync(pid, ct).ConfigureAwait(false);
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
