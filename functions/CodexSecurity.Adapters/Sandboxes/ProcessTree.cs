using System.Buffers.Text;
using System.Globalization;
using System.IO.Enumeration;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>What a process and all below it use now, read from outside.</summary>
internal sealed record TreeUsage(TimeSpan Cpu, long Memory, int Processes)
{
    // The longest of these files has some 1,500 bytes; what is looked for stands before the end of it.
    private const int MostRead = 4096;
    // Fields of "stat" behind the command: state, parent, ... utime, stime, cutime, cstime, ... threads.
    private const int Parent = 1, FirstTime = 11, LastTime = 14, Threads = 17;
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>Sums over the tree below and including <paramref name="root"/>; children already waited for count for CPU.</summary>
    public static TreeUsage Read(int root) => Sum("/proc", root);

    /// <summary>
    /// The same for the first process of a process namespace, once it sees no other process file system than the namespace's own: all in
    /// that is of its tree, whoever started it, and nothing else of the machine has to be read.
    /// </summary>
    public static TreeUsage ReadNamespace(int first)
    {
        try
        {
            return Sum($"/proc/{first}/root/proc", 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first process has ended, or one may not look in there.
            return Read(first);
        }
    }

    private static TreeUsage Sum(string folder, int root)
    {
        // Read many times a second for each run: by system calls into one buffer, without files and texts.
        Span<byte> buffer = stackalloc byte[MostRead];
        var rows = new Dictionary<int, Row>();
        foreach (int pid in Listed(folder))
        {
            if (RowOf(Text($"{folder}/{pid}/stat", buffer)) is { } row) rows[pid] = row;
        }

        long ticks = 0, memory = 0;
        int processes = 0;
        foreach (var (pid, row) in rows)
        {
            if (!IsBelow(pid, root, rows)) continue;
            ticks += row.Ticks;
            processes += row.Threads;
            // Private pages only: shared library pages are counted once by nobody, shared memory is held by the tmpfs limits.
            var pages = Text($"{folder}/{pid}/statm", buffer);
            memory += Math.Max(0, Field(pages, 1) - Field(pages, 2)) * Environment.SystemPageSize;
        }

        return new TreeUsage(TimeSpan.FromMilliseconds(ticks * 10), memory, processes);
    }

    /// <summary>Whether a process has a system-call filter; false where it has ended.</summary>
    public static bool IsFiltered(int pid) => Text($"/proc/{pid}/status", stackalloc byte[MostRead]).IndexOf("\nSeccomp:\t2"u8) >= 0;

    /// <summary>Memory still available on the machine as a part of all, 0 to 1.</summary>
    public static double MachineFree()
    {
        var text = Text("/proc/meminfo", stackalloc byte[MostRead]);
        return (double)Of(text, "MemAvailable:"u8) / Of(text, "MemTotal:"u8);

        // In kibibytes; 1 where the machine does not say.
        static long Of(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) =>
            text.IndexOf(name) is >= 0 and var at && Utf8Parser.TryParse(text[(at + name.Length)..].TrimStart((byte)' '), out long amount, out _) ? amount : 1;
    }

    private static FileSystemEnumerable<int> Listed(string folder) => new(folder, (ref FileSystemEntry entry) => int.Parse(entry.FileName, CultureInfo.InvariantCulture), s_all)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.FileName is { Length: > 0 and < 10 } name && !name.ContainsAnyExceptInRange('0', '9'),
    };

    private static Row? RowOf(ReadOnlySpan<byte> stat)
    {
        // The command is the program's own text and may hold anything.
        if (stat.LastIndexOf((byte)')') is not (> 0 and var end) || end + 2 > stat.Length) return null;
        var fields = stat[(end + 2)..];
        long ticks = 0;
        for (int field = FirstTime; field <= LastTime; field++) ticks += Field(fields, field);
        return new Row((int)Field(fields, Parent), ticks, (int)Field(fields, Threads));
    }

    private static long Field(ReadOnlySpan<byte> text, int index)
    {
        for (; index > 0; index--) text = text[(text.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(text, out long number, out _) ? number : 0;
    }

    private static bool IsBelow(int pid, int root, Dictionary<int, Row> rows)
    {
        for (int depth = 0; depth < 4096 && pid > 0; depth++)
        {
            if (pid == root) return true;
            if (!rows.TryGetValue(pid, out var row)) return false;
            pid = row.Parent;
        }

        return false;
    }

    // Nothing where the process ended between listing and reading.
    private static ReadOnlySpan<byte> Text(string path, Span<byte> buffer) => buffer[..LinuxNative.ReadFile(path, buffer)];

    private readonly record struct Row(int Parent, long Ticks, int Threads);
}
