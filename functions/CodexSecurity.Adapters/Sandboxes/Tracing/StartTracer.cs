using System.Collections.Immutable;
using CodexSecurity.Adapters.Sandboxes.Launching;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Tracing;

/// <summary>
/// Records every start of a program by a process and all below it. The sandbox's own filter hands the two calls that start programs to
/// the tracer (SECCOMP_RET_TRACE), so nothing else that runs inside is slowed down, and what got away from the tracer can start nothing:
/// the kernel refuses such a call where nobody traces (seccomp(2)). All tracees end with the tracer's thread.
/// </summary>
/// <remarks>
/// Before, strace did this: it takes 25 ms to start, and follows whoever builds the sandbox call by call, since its own filter holds only
/// from the next start on: some 2,600 context switches and 40 to 60 ms a run.
/// </remarks>
internal sealed class StartTracer
{
    private const int StopSignals = (1 << 19) | (1 << 20) | (1 << 21) | (1 << 22); // SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU
    private readonly SyscallNumbers _numbers;
    private readonly Action _onTooMany;
    private readonly List<ObservedCommand> _starts = [];
    private readonly Dictionary<int, int> _pending = [];
    private readonly TaskCompletionSource<int> _seized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ImmutableArray<ObservedCommand>> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _recorded;

    private StartTracer(int pid, SyscallNumbers numbers, Action onTooMany)
    {
        (_numbers, _onTooMany) = (numbers, onTooMany);
        new Thread(() => Run(pid)) { IsBackground = true, Name = "start-tracer" }.Start();
    }

    /// <summary>Most characters of what is recorded of one run; what comes after is not kept.</summary>
    public const long MostRecorded = 8L << 20;

    /// <summary>All starts in the order in which they were tried, once nothing is left that is traced.</summary>
    public Task<ImmutableArray<ObservedCommand>> Ended => _ended.Task;

    /// <summary>Begins to trace a process, which has to wait until this is done: what it started before is not traced.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="numbers">System calls of this machine.</param>
    /// <param name="onTooMany">Called once where more than <see cref="MostRecorded"/> is to be recorded.</param>
    /// <exception cref="IOException">The kernel does not allow it.</exception>
    public static async Task<StartTracer> StartAsync(int pid, SyscallNumbers numbers, Action onTooMany)
    {
        var tracer = new StartTracer(pid, numbers, onTooMany);
        int error = await tracer._seized.Task.ConfigureAwait(false);
        return error == 0 ? tracer : throw new IOException($"program starts can't be recorded: ptrace gives error {error}");
    }

    private void Run(int pid)
    {
        int error = Ptrace.TrySeize(pid);
        _seized.SetResult(error);
        while (error == 0 && Ptrace.WaitAny() is { } change) Handle(change.Tid, change.Status);
        _ended.SetResult([.. _starts]);
    }

    private void Handle(int tid, int status)
    {
        if ((status & 0xff) != 0x7f)
        {
            _pending.Remove(tid);
            return;
        }

        int signal = (status >> 8) & 0xff;
        switch (status >> 16)
        {
            case Ptrace.EventFilter:
                Record(tid);
                Ptrace.ContinueToExit(tid);
                break;
            case Ptrace.EventExec:
                // Any thread of a process may start a program; it goes on under the number of the first.
                Settle(Ptrace.EventMessage(tid), succeeded: true);
                Ptrace.Continue(tid);
                break;
            case Ptrace.EventStop when ((1 << signal) & StopSignals) != 0:
                Ptrace.LeaveStopped(tid);
                break;
            case 0 when signal == Ptrace.SyscallStop:
                Settle(tid, Ptrace.Succeeded(tid));
                Ptrace.Continue(tid);
                break;
            case 0:
                Ptrace.Continue(tid, signal);
                break;
            default:
                Ptrace.Continue(tid);
                break;
        }
    }

    private void Record(int tid)
    {
        if (Ptrace.StoppedCall(tid) is not { } call || _recorded > MostRecorded) return;
        var (path, arguments) = call.Number == _numbers.Execve ? (call.First, call.Second) : (call.Second, call.Third);
        var start = new ObservedCommand(TraceeMemory.Text(tid, path), TraceeMemory.Texts(tid, arguments), false);
        _recorded += start.Program.Length + start.Arguments.Sum(a => a.Length + sizeof(ulong));
        _pending[tid] = _starts.Count;
        _starts.Add(start);
        if (_recorded > MostRecorded) _onTooMany();
    }

    private void Settle(int tid, bool succeeded)
    {
        if (_pending.Remove(tid, out int at)) _starts[at] = _starts[at] with { Succeeded = succeeded };
    }
}
