using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.Tracing;

/// <summary>Reads texts and lists of texts of a stopped tracee, bounded, as execve(2) takes them.</summary>
internal static class TraceeMemory
{
    /// <summary>Most arguments of one start, and most bytes of each; the rest is left out.</summary>
    public const int MostArguments = 1024, MostBytes = 8192;

    // What is readable ends at a page's end; the smallest page size is the safe one.
    private const int Page = 4096;

    /// <summary>A zero-terminated text; what can be read of it.</summary>
    public static string Text(int tid, ulong address)
    {
        var text = new List<byte>();
        byte[] buffer = new byte[Page];
        while (text.Count < MostBytes)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(Page - (address % Page), (ulong)(MostBytes - text.Count)));
            if (!Ptrace.TryRead(tid, address, part)) break;
            int end = part.IndexOf((byte)0);
            text.AddRange(end < 0 ? part : part[..end]);
            if (end >= 0) break;
            address += (ulong)part.Length;
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>The texts of a zero-terminated list of addresses.</summary>
    public static ImmutableArray<string> Texts(int tid, ulong address)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        byte[] word = new byte[sizeof(ulong)];
        for (; texts.Count < MostArguments && address != 0 && Ptrace.TryRead(tid, address, word); address += sizeof(ulong))
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(word) is not (not 0 and var text)) break;
            texts.Add(Text(tid, text));
        }

        return texts.ToImmutable();
    }
}
