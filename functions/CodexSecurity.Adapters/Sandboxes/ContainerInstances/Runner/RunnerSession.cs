using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.Launching;
using CodexSecurity.Adapters.Sandboxes.Tracing;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// One run inside the container: starts the payload as a user of its own, watches it from the outside of that user, ends everything of it, and only then packs what it left.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RunnerSession(JobFrame job, uint uid, ChildReaper reaper)
{
    private const string Strace = "/usr/bin/strace";
    private const long MostTrace = 32L << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10), s_packing = TimeSpan.FromSeconds(30);
    private readonly SyscallNumbers _numbers = SyscallNumbers.For(RuntimeInformation.ProcessArchitecture) ?? throw new PlatformNotSupportedException("no system call table for this architecture");
    private readonly byte[] _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture) ?? throw new PlatformNotSupportedException("no system call table for this architecture");
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private SandboxKill _kill;
    private TimeSpan _cpu;
    private long _peak;

    private ImmutableSortedDictionary<string, string> Environment => job.Job.Environment.SetItem("PATH", HostTools.SearchPath).SetItem("HOME", "/tmp");

    /// <summary>Runs the job.</summary>
    /// <exception cref="IOException">The container does not let a run be isolated or ended.</exception>
    public async Task<SandboxRun> RunAsync()
    {
        if (UserUsage.Read(uid).Processes > 0)
        {
            throw new IOException("there are processes of the run's user already: this is no container of one run");
        }

        if (job.Job.Trace && !File.Exists(Strace))
        {
            return new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = "strace is not installed" };
        }

        var canaries = new NetworkCanarySet();
        await using (canaries.ConfigureAwait(false))
        {
            canaries.Listen([.. job.Job.NetworkCanaries.Select(c => new NetworkCanary(c.Port, c.Body))]);
            var run = await RunPayloadAsync().ConfigureAwait(false);
            return run with { Observations = run.Observations with { Requests = canaries.Requests } };
        }
    }

    private async Task<SandboxRun> RunPayloadAsync()
    {
        var (stdout, stderr, state, go, trace) = (LinuxNative.Pipe(), LinuxNative.Pipe(), LinuxNative.Pipe(), LinuxNative.Pipe(), LinuxNative.Pipe());
        using var stdin = LinuxNative.Memory(job.Stdin);
        using var program = LinuxNative.Memory(StartProgram.Build(_numbers, uid, _filter, StartProgram.Frame(job), Environment));
        const int TraceAt = 12;
        List<string> command = job.Job.Trace
            ? [Strace, "-f", "--seccomp-bpf", "-qq", "-xx", "-s", "8192", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", $"/proc/self/fd/{TraceAt}", "--", $"/proc/self/fd/{StartProgram.Self}"]
            : [$"/proc/self/fd/{StartProgram.Self}"];
        var usage = new FolderUsage();
        var clock = Stopwatch.StartNew();
        int pid = await Spawner.StartAsync(command,
        [
            (stdin, 0), (stdout.Write, 1), (stderr.Write, 2), (state.Write, StartProgram.Status), (go.Read, StartProgram.Go), (program, StartProgram.Self), (trace.Write, TraceAt),
        ]).ConfigureAwait(false);
        var ended = reaper.EndOf(pid);
        foreach (var end in (SafeFileHandle[])[stdout.Write, stderr.Write, state.Write, go.Read, trace.Write])
        {
            end.Dispose();
        }

        var (output, errors, traced) = (ReadAsync(stdout.Read, job.Limits.OutputBytes), ReadAsync(stderr.Read, job.Limits.OutputBytes), ReadAsync(trace.Read, MostTrace));
        var told = ReadStateAsync(state.Read);
        using var wall = new Timer(_ => End(SandboxKill.Wall), null, job.Limits.Wall, Timeout.InfiniteTimeSpan);
        var watch = WatchAsync(usage);
        await Task.WhenAny(told, _over.Task).ConfigureAwait(false);
        lock (_lock)
        {
            Account(UserUsage.Read(uid));
        }

        End(SandboxKill.None);
        await watch.ConfigureAwait(false);
        await KillAllAsync().ConfigureAwait(false);
        // The tracer ends with what it traces.
        if (await Task.WhenAny(ended, Task.Delay(s_patience)).ConfigureAwait(false) != ended)
        {
            throw new IOException("the run's first process can't be ended");
        }

        var duration = clock.Elapsed;
        string text = await told.ConfigureAwait(false);
        var (outBytes, outCut) = await output.ConfigureAwait(false);
        var (errBytes, errCut) = await errors.ConfigureAwait(false);
        string execs = Encoding.ASCII.GetString((await traced.ConfigureAwait(false)).Bytes);
        go.Write.Dispose();
        bool began = text.Contains("started\n", StringComparison.Ordinal);
        if (began && job.Job.Trace && !execs.Contains("execve(\"", StringComparison.Ordinal))
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = "program starts can't be recorded in this container" };
        }

        string? code = text.Split('\n').LastOrDefault(line => line.StartsWith("exit ", StringComparison.Ordinal))?[5..];
        int exitCode = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
        var (files, cut) = _kill == SandboxKill.None && began ? await PackAsync(exitCode).ConfigureAwait(false) : ([], false);
        return new SandboxRun
        {
            Outcome = _kill != SandboxKill.None ? SandboxOutcome.Killed : began ? SandboxOutcome.Exited : SandboxOutcome.SetUpError,
            Kill = _kill,
            Reason = began ? "" : $"the run did not start (status {ended.Result}): " + (text + Encoding.UTF8.GetString(errBytes.AsSpan(0, Math.Min(errBytes.Length, 2000)))).Trim(),
            ExitCode = exitCode,
            Signal = exitCode > 128 ? exitCode - 128 : 0,
            Stdout = outBytes,
            Stderr = errBytes,
            Truncated = outCut || errCut || cut,
            Duration = duration,
            CpuTime = _cpu,
            PeakMemory = _peak,
            Outputs = files,
            Observations = new SandboxObservations(job.Job.Trace ? PayloadStarts.Of(StraceLines.Parse(execs), job.Command) : [], []),
        };
    }

    // The first reason stays; once the run is over none comes any more.
    private void End(SandboxKill reason)
    {
        lock (_lock)
        {
            if (!_over.Task.IsCompleted)
            {
                _kill = reason;
                _over.SetResult();
            }
        }
    }

    private void Account(UserUsage usage)
    {
        var cpu = usage.Cpu + reaper.Orphans;
        _cpu = cpu > _cpu ? cpu : _cpu;
        _peak = Math.Max(_peak, usage.Memory);
    }

    private async Task WatchAsync(FolderUsage folders)
    {
        for (int round = 0; !_over.Task.IsCompleted; round++)
        {
            var usage = UserUsage.Read(uid);
            SandboxKill reason;
            lock (_lock)
            {
                Account(usage);
                reason = usage.Memory > job.Limits.MemoryBytes || ProcessTreeGuard.MachineIsLow ? SandboxKill.Memory : _cpu > job.Limits.Cpu ? SandboxKill.Cpu : SandboxKill.None;
            }

            if (reason == SandboxKill.None && round % 16 == 15 && folders.IsOver(job.Limits.DiskBytes))
            {
                reason = SandboxKill.Disk;
            }

            if (reason != SandboxKill.None)
            {
                End(reason);
                return;
            }

            // Densely at first, so that short runs have a peak too.
            await Task.WhenAny(_over.Task, Task.Delay(round < 3 ? 8 : 25)).ConfigureAwait(false);
        }
    }

    // Until none is left: one call takes them all, and what was just being made is taken by the next.
    private async Task KillAllAsync()
    {
        var clock = Stopwatch.StartNew();
        using var program = LinuxNative.Memory(StartProgram.Killer(_numbers, uid));
        while (true)
        {
            int pid = await Spawner.StartAsync([$"/proc/self/fd/{StartProgram.Self}"], [(program, StartProgram.Self)]).ConfigureAwait(false);
            await reaper.EndOf(pid).WaitAsync(s_patience).ConfigureAwait(false);
            if (UserUsage.Read(uid).Processes == 0)
            {
                return;
            }

            if (clock.Elapsed > s_patience)
            {
                throw new IOException("a process of the run can't be ended");
            }

            await Task.Delay(5).ConfigureAwait(false);
        }
    }

    private async Task<(ImmutableArray<SandboxFile> Files, bool Cut)> PackAsync(int exitCode)
    {
        if (job.Job.Outputs.IsEmpty || (job.Job.Delivery is not null && exitCode != 0))
        {
            return ([], false);
        }

        var tar = LinuxNative.Pipe();
        using var program = LinuxNative.Memory(StartProgram.Build(_numbers, uid, _filter, StartProgram.Packer(job.Job.Outputs), Environment));
        using var nothing = LinuxNative.Memory([]);
        using var sink = LinuxNative.Memory([]);
        int pid = await Spawner.StartAsync([$"/proc/self/fd/{StartProgram.Self}"],
            [(nothing, 0), (sink, 1), (sink, 2), (sink, StartProgram.Status), (tar.Write, StartProgram.Output), (program, StartProgram.Self)]).ConfigureAwait(false);
        tar.Write.Dispose();
        using var read = tar.Read;
        using var limit = new Timer(_ => _ = KillAllAsync(), null, s_packing, Timeout.InfiniteTimeSpan);
        var result = job.Job.Delivery is { } delivery
            ? await Delivery.SendAsync(tar.Read, delivery, job.Limits.DiskBytes * 2, () => _ = KillAllAsync()).ConfigureAwait(false)
            : await TarStreams.UnpackAsync(tar.Read, job.Limits.OutputBytes, null, () => _ = KillAllAsync()).ConfigureAwait(false);
        await KillAllAsync().ConfigureAwait(false);
        await reaper.EndOf(pid).WaitAsync(s_patience).ConfigureAwait(false);
        return result;
    }

    private static Task<string> ReadStateAsync(SafeFileHandle pipe) => Task.Factory.StartNew(() =>
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[512];
        int read;
        while (text.Length < 65536 && (read = LinuxNative.Read(pipe, buffer)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            string all = text.ToString();
            if (all.StartsWith("setup ", StringComparison.Ordinal) || (all.Contains("exit ", StringComparison.Ordinal) && all.EndsWith('\n')))
            {
                break;
            }
        }

        pipe.Dispose();
        return text.ToString();
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Task<(byte[] Bytes, bool Cut)> ReadAsync(SafeFileHandle pipe, long most) => Task.Factory.StartNew(() =>
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[65536];
        bool cut = false;
        int read;
        while ((read = LinuxNative.Read(pipe, buffer)) > 0)
        {
            int room = (int)Math.Min(read, most - content.Length);
            content.Write(buffer, 0, room);
            if (room < read && !cut)
            {
                cut = true;
                End(SandboxKill.Output);
            }
        }

        pipe.Dispose();
        return (content.ToArray(), cut);
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
