using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CodexSecurity.Adapters.Sandboxes.Launching;
using CodexSecurity.Adapters.Sandboxes.Tracing;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>One started sandbox: lets it go, watches it, collects what comes out, and always ends it by a kill.</summary>
internal sealed class RunSession(
    SandboxSpec spec,
    (SafeFileHandle Stdout, SafeFileHandle Stderr, SafeFileHandle Info, SafeFileHandle State, SafeFileHandle Go, SafeFileHandle Output, SafeFileHandle Gate, SafeFileHandle? Listeners) pipes,
    SyscallNumbers? traced, string? outputFolder) : IDisposable
{
    private const long InodeLimit = 200_000;
    private const int FilterPolls = 1000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly string[] s_writable = ["/tmp", "/dev/shm", "/work", "/out"];
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private SafeFileHandle? _target, _launcher;
    private SandboxKill _kill;
    private long _peak;
    private TimeSpan _cpu;

    public void Dispose() => _ended.Dispose();

    public async Task<SandboxRun> CompleteAsync(int pid, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        using var own = LinuxNative.PidHandle(pid);
        _launcher = own;
        var exit = Task.Factory.StartNew(() => LinuxNative.Wait(pid), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var stdout = ReadAsync(pipes.Stdout, spec.Limits.OutputBytes);
        var stderr = ReadAsync(pipes.Stderr, spec.Limits.OutputBytes);
        using var wall = new CancellationTokenSource(spec.Limits.Wall);
        using var onWall = wall.Token.Register(() => End(SandboxKill.Wall));
        using var onCancel = ct.Register(() => End(SandboxKill.None));
        var canary = new NetworkCanarySet();
        var watch = Task.CompletedTask;
        StartTracer? tracer = null;
        string state = "";
        var files = ImmutableArray<SandboxFile>.Empty;
        bool cut = false, gone;
        int launcher;
        try
        {
            int child = await ReadChildAsync().ConfigureAwait(false);
            if (child > 0 && LinuxNative.TryPidHandle(child) is { } target)
            {
                lock (_lock)
                {
                    _target = target;
                    if (_kill != SandboxKill.None || ct.IsCancellationRequested)
                    {
                        LinuxNative.Kill(_target);
                    }
                }

                if (traced is not null)
                {
                    tracer = await StartTracer.StartAsync(child, traced, () => End(SandboxKill.Output)).ConfigureAwait(false);
                }

                pipes.Gate.Dispose();
                await canary.StartAsync(pipes.Listeners, spec.NetworkCanaries).ConfigureAwait(false);
                // The filter is the last thing that a sandbox's first process puts on: from then on it dies with its launcher. Where it
                // does not show in time, only that is less sure: the frame itself starts nothing once this process is gone.
                bool stands = false;
                for (int i = 0; i < FilterPolls && !(stands = TreeUsage.IsFiltered(child)) && !LinuxNative.WaitEnd(target, TimeSpan.FromMilliseconds(1)); i++)
                {
                }

                TreeUsage Usage() => stands ? TreeUsage.ReadNamespace(child) : TreeUsage.Read(child);
                watch = WatchAsync(child, Usage, _ended.Token);
                // Where the sandbox has ended already, the state stream says so by its absence.
                _ = LinuxNative.Write(pipes.Go, "go\n"u8);
                var tar = TarStreams.UnpackAsync(pipes.Output, outputFolder is null ? spec.Limits.OutputBytes : spec.Limits.DiskBytes * 2, outputFolder, () => End(SandboxKill.Output));
                state = await ReadStateAsync().ConfigureAwait(false);
                await _ended.CancelAsync().ConfigureAwait(false);
                await watch.ConfigureAwait(false);
                Account(Usage());
                End(SandboxKill.None);
                (files, cut) = await tar.ConfigureAwait(false);
            }
            else
            {
                state = await ReadStateAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            End(SandboxKill.None);
            await _ended.CancelAsync().ConfigureAwait(false);
            // bubblewrap ends by itself once its child is dead, and reaps it; killed first it would leave a zombie to init.
            await Task.WhenAny(exit, Task.Delay(_target is null ? TimeSpan.Zero : s_patience, CancellationToken.None)).ConfigureAwait(false);
            LinuxNative.Kill(own);
            await canary.DisposeAsync().ConfigureAwait(false);
            launcher = (await exit.ConfigureAwait(false)).Status;
            // The kernel lets the first process of a pid namespace end only after all others in it: from here on none is left.
            gone = _target is null || LinuxNative.WaitEnd(_target, s_patience);
            lock (_lock)
            {
                _target?.Dispose();
                _target = _launcher = null;
            }
        }

        if (!gone)
        {
            throw new IOException("a process of the sandbox can't be ended");
        }

        var (outBytes, outCut) = await stdout.ConfigureAwait(false);
        var (errBytes, errCut) = await stderr.ConfigureAwait(false);
        var starts = tracer is null ? [] : await tracer.Ended.ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        string? code = state.Split('\n').LastOrDefault(line => line.StartsWith("exit ", StringComparison.Ordinal))?[5..];
        bool began = state.Contains("started\n", StringComparison.Ordinal);
        if (began && tracer is not null && starts.IsEmpty)
        {
            // The frame itself is a start: where not even that was told, silence would say nothing.
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = "program starts can't be recorded on this machine" };
        }

        int exitCode = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
        return new SandboxRun
        {
            Outcome = _kill != SandboxKill.None ? SandboxOutcome.Killed : began ? SandboxOutcome.Exited : SandboxOutcome.SetUpError,
            Kill = _kill,
            Reason = began ? "" : $"the sandbox did not start (status {launcher}): " + (state + Encoding.UTF8.GetString(errBytes.AsSpan(0, Math.Min(errBytes.Length, 2000)))).Trim(),
            ExitCode = exitCode,
            Signal = exitCode > 128 ? exitCode - 128 : 0,
            Stdout = outBytes,
            Stderr = errBytes,
            Truncated = outCut || errCut || cut,
            Duration = clock.Elapsed,
            CpuTime = _cpu,
            PeakMemory = _peak,
            Outputs = files,
            Observations = new SandboxObservations(PayloadStarts.Of(starts, spec.Command), canary.Requests),
        };
    }

    // The first reason stays; without a reason the run is over and only what is left is ended.
    private void End(SandboxKill reason)
    {
        lock (_lock)
        {
            if (!_ended.IsCancellationRequested && _kill == SandboxKill.None)
            {
                _kill = reason;
            }

            // Where a limit is reached before the sandbox stands, its launcher is all there is to end.
            if ((_target ?? (reason == SandboxKill.None ? null : _launcher)) is { IsClosed: false } process)
            {
                LinuxNative.Kill(process);
            }
        }
    }

    // Called by one task at a time. A dying process may be missed in a later sample, so the largest sum counts.
    private void Account(TreeUsage usage)
    {
        _peak = Math.Max(_peak, usage.Memory);
        _cpu = usage.Cpu > _cpu ? usage.Cpu : _cpu;
    }

    private async Task WatchAsync(int child, Func<TreeUsage> read, CancellationToken ct)
    {
        int round = 0;
        while (!ct.IsCancellationRequested)
        {
            var usage = read();
            Account(usage);
            var reason = usage.Memory > spec.Limits.MemoryBytes ? SandboxKill.Memory
                : _cpu > spec.Limits.Cpu ? SandboxKill.Cpu
                : round % 8 == 7 && s_writable.Any(path => LinuxNative.InodesUsed($"/proc/{child}/root{path}") > InodeLimit) ? SandboxKill.Disk
                // Shared memory without a name counts for no process: the machine itself is the last guard.
                : ProcessTreeGuard.MachineIsLow ? SandboxKill.Memory
                : SandboxKill.None;
            if (reason != SandboxKill.None)
            {
                End(reason);
                return;
            }

            // Densely at first, so that short runs have a peak too.
            await Task.Delay(round++ < 3 ? 8 : 25, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> ReadChildAsync()
    {
        var (bytes, _) = await ReadAsync(pipes.Info, 4096, end: (byte)'}').ConfigureAwait(false);
        if (bytes.Length == 0)
        {
            return 0;
        }

        // {"child-pid": 12, ...} of bubblewrap, or 12} of the other driver's program.
        string text = Encoding.ASCII.GetString(bytes);
        if (!text.StartsWith('{'))
        {
            return int.Parse(text.AsSpan(0, text.IndexOf('}')), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("child-pid").GetInt32();
    }

    // On threads of their own: readers that block would take the pool's few threads from the runs beside this one.
    private Task<string> ReadStateAsync() => Task.Factory.StartNew(() =>
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[512];
        int read;
        while (text.Length < 65536 && (read = LinuxNative.Read(pipes.State, buffer)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            string all = text.ToString();
            if (all.Contains("done\n", StringComparison.Ordinal) || all.StartsWith("setup ", StringComparison.Ordinal))
            {
                break;
            }
        }

        return text.ToString();
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Task<(byte[] Bytes, bool Cut)> ReadAsync(SafeFileHandle pipe, long limit, byte? end = null) => Task.Factory.StartNew(() =>
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[65536];
        bool cut = false;
        int read;
        while ((read = LinuxNative.Read(pipe, buffer)) > 0)
        {
            int room = (int)Math.Min(read, limit - content.Length);
            content.Write(buffer, 0, room);
            if (room < read && !cut)
            {
                cut = true;
                End(SandboxKill.Output);
            }

            if (end is { } last && buffer.AsSpan(0, read).Contains(last))
            {
                break;
            }
        }

        return (content.ToArray(), cut);
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
