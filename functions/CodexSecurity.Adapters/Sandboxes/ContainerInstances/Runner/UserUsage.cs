using System.Globalization;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>What all processes of one user use now. By the user and not by the tree: a daemon that left its parents counts as well.</summary>
internal sealed record UserUsage(TimeSpan Cpu, long Memory, int Processes)
{
    public static UserUsage Read(uint uid)
    {
        long ticks = 0, memory = 0;
        int processes = 0;
        string wanted = $"\nUid:\t{uid.ToString(CultureInfo.InvariantCulture)}\t";
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(folder[6]) || Text(folder + "/status") is not { } status || !status.Contains(wanted, StringComparison.Ordinal)
                || Text(folder + "/stat") is not { } stat || stat.LastIndexOf(')') is not (> 0 and var end))
            {
                continue;
            }

            // Fields after the command: state (0), ... utime 11, stime 12, cutime 13, cstime 14
            string[] f = stat[(end + 2)..].Split(' ');
            ticks += Number(f[11]) + Number(f[12]) + Number(f[13]) + Number(f[14]);
            processes += f[0] == "Z" ? 0 : 1;
            if (Text(folder + "/statm")?.Split(' ') is { Length: > 2 } parts)
            {
                memory += Math.Max(0, Number(parts[1]) - Number(parts[2])) * Environment.SystemPageSize;
            }
        }

        return new UserUsage(TimeSpan.FromMilliseconds(ticks * 10), memory, processes);
    }

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // ended between listing and reading
        }
    }

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
