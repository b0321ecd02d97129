using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>What a process and all below it use now, read from outside.</summary>
internal sealed record TreeUsage(TimeSpan Cpu, long Memory, int Processes)
{
    /// <summary>Sums over the tree below and including <paramref name="root"/>; children already waited for count for CPU.</summary>
    public static TreeUsage Read(int root)
    {
        var rows = new Dictionary<int, (int Parent, long Ticks, int Threads)>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ReadText(folder + "/stat") is { } stat && stat.LastIndexOf(')') is > 0 and var end)
            {
                // Fields after the command: state, parent (1), ... utime 11, stime 12, cutime 13, cstime 14, ... threads 17
                string[] f = stat[(end + 2)..].Split(' ');
                rows[pid] = (Number(f[1]), Number(f[11]) + Number(f[12]) + Number(f[13]) + Number(f[14]), Number(f[17]));
            }
        }

        long ticks = 0, memory = 0;
        int processes = 0;
        foreach (var (pid, row) in rows)
        {
            if (!IsBelow(pid, root, rows))
            {
                continue;
            }

            ticks += row.Ticks;
            processes += row.Threads;
            memory += PrivateMemory(pid);
        }

        return new TreeUsage(TimeSpan.FromMilliseconds(ticks * 10), memory, processes);
    }

    /// <summary>Whether a process has a system-call filter; false where it has ended.</summary>
    public static bool IsFiltered(int pid) => ReadText($"/proc/{pid}/status")?.Contains("\nSeccomp:\t2", StringComparison.Ordinal) == true;

    /// <summary>Memory still available on the machine as a part of all, 0 to 1.</summary>
    public static double MachineFree()
    {
        long total = 1, free = 1;
        foreach (string line in File.ReadLines("/proc/meminfo").Take(3))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            _ = parts[0] switch { "MemTotal:" => total = Number(parts[1]), "MemAvailable:" => free = Number(parts[1]), _ => 0 };
        }

        return (double)free / total;
    }

    private static bool IsBelow(int pid, int root, Dictionary<int, (int Parent, long Ticks, int Threads)> rows)
    {
        for (int depth = 0; depth < 4096 && pid > 1; depth++)
        {
            if (pid == root)
            {
                return true;
            }

            if (!rows.TryGetValue(pid, out var row))
            {
                return false;
            }

            pid = row.Parent;
        }

        return false;
    }

    // Private pages only: shared library pages are counted once by nobody, shared memory is held by the tmpfs limits.
    private static long PrivateMemory(int pid)
    {
        string[]? parts = ReadText($"/proc/{pid}/statm")?.Split(' ');
        return parts is { Length: > 2 } ? Math.Max(0, Number(parts[1]) - (long)Number(parts[2])) * Environment.SystemPageSize : 0;
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // the process ended between listing and reading
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int Number(string text) => (int)Math.Min(int.MaxValue, long.Parse(text.Trim(), CultureInfo.InvariantCulture));
}
