using CodexSecurity.Adapters.Sandboxes.Launching;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// The process group of one run's launchers, with a watcher in it that ends the group where this process dies. The launchers' own ways
/// to die with their parent have gaps while a sandbox comes to stand: a program that asks for the signal after its parent died gets
/// none, and bubblewrap's child waits for its parent before it asks. What runs inside leaves the group, but by then it dies with its launcher.
/// </summary>
internal sealed class LaunchGroup : IDisposable
{
    private readonly SafeFileHandle _lifeline;

    private LaunchGroup(int id, SafeFileHandle lifeline)
    {
        Id = id;
        _lifeline = lifeline;
    }

    /// <summary>The group's number: the watcher's process id, not used again before <see cref="Dispose"/>.</summary>
    public int Id { get; }

    /// <summary>Starts the watcher.</summary>
    /// <param name="numbers">System calls of this machine.</param>
    /// <exception cref="IOException">It can't be started.</exception>
    public static async Task<LaunchGroup> StartAsync(SyscallNumbers numbers)
    {
        var (read, write) = LinuxNative.Pipe();
        using (read)
        {
            try
            {
                using var program = LinuxNative.Memory(LaunchProgram.Watch(numbers));
                return new LaunchGroup(await Spawner.StartAsync([LaunchProgram.Path], [(read, 0), (program, LaunchProgram.Self)], group: 0).ConfigureAwait(false), write);
            }
            catch
            {
                write.Dispose();
                throw;
            }
        }
    }

    /// <summary>Ends what is left of the group, the watcher too.</summary>
    public void Dispose()
    {
        LinuxNative.KillGroup(Id);
        _ = LinuxNative.Wait(Id);
        _lifeline.Dispose();
    }
}
