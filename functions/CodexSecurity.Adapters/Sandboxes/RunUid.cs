using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// A user id for each run that is started as root: no two runs at a time share one, so that neither their process limit nor their
/// signals meet, and none belongs to a user of the machine.
/// </summary>
internal static class RunUid
{
    private static readonly long s_first = First();
    private static int s_last;

    public static uint Next()
    {
        int turn = Interlocked.Increment(ref s_last) & 0xff;
        return (uint)(s_first + turn);
    }

    // 256 ids a process, by the process id (22 bits at most). Where the machine is a container with few ids, some of the upper ones.
    private static long First()
    {
        const long Base = 400_000_000, Small = 20_000;
        long wanted = Base + ((long)(Environment.ProcessId & 0x3FFFFF) << 8);
        bool all = File.ReadLines("/proc/self/uid_map").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(part => long.Parse(part[0], CultureInfo.InvariantCulture) + long.Parse(part[2], CultureInfo.InvariantCulture) > wanted + 256);
        return all ? wanted : Small + ((Environment.ProcessId & 0x7f) << 8);
    }
}
