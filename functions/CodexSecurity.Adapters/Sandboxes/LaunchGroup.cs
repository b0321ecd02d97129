using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// The process group of one run's launchers, with a watcher in it that ends the group where this process dies. The launchers' own ways
/// to die with their parent have gaps while a sandbox comes to stand: a program that asks for the signal after its parent died gets
/// none, strace stops its child before it traces it, and bubblewrap's child waits for its parent before it asks. What runs inside leaves
/// the group, but by then it dies with its launcher.
/// </summary>
internal sealed class LaunchGroup : IDisposable
{
    private static readonly string[] s_watcher = ["/bin/sh", "-c", "read _; kill -KILL 0"];
    private readonly SafeFileHandle _lifeline;

    private LaunchGroup(int id, SafeFileHandle lifeline)
    {
        Id = id;
        _lifeline = lifeline;
    }

    /// <summary>The group's number: the watcher's process id, not used again before <see cref="Dispose"/>.</summary>
    public int Id { get; }

    /// <summary>Starts the watcher.</summary>
    /// <exception cref="IOException">It can't be started.</exception>
    public static async Task<LaunchGroup> StartAsync()
    {
        var (read, write) = LinuxNative.Pipe();
        using (read)
        {
            try
            {
                return new LaunchGroup(await Spawner.StartAsync(s_watcher, [(read, 0)], group: 0).ConfigureAwait(false), write);
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
