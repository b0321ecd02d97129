using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// Starts every sandbox from one thread that never ends: the kernel sends the parent-death signal of
/// <c>--die-with-parent</c> when the starting thread ends, not the process.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<Action> s_work = [];

    static Spawner() => new Thread(Loop) { IsBackground = true, Name = "sandbox-spawner" }.Start();

    /// <inheritdoc cref="LinuxNative.Spawn" />
    public static Task<int> StartAsync(IReadOnlyList<string> argv, IReadOnlyList<(SafeFileHandle Handle, int As)> descriptors, int? group = null)
    {
        var started = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(() =>
        {
            try
            {
                started.SetResult(LinuxNative.Spawn(argv, [], descriptors, group));
            }
            catch (IOException error)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }

    private static void Loop()
    {
        foreach (var work in s_work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
