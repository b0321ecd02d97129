using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Reads the lines of <c>strace -f -xx -e trace=execve,execveat</c>.</summary>
internal static class ExecTrace
{
    public static ImmutableArray<ObservedCommand> Parse(string text, ImmutableArray<string> payload)
    {
        var found = ImmutableArray.CreateBuilder<ObservedCommand>();
        bool started = false;
        foreach (string line in text.Split('\n'))
        {
            int call = line.IndexOf("execve", StringComparison.Ordinal);
            if (call < 0 || line.Contains(" resumed>", StringComparison.Ordinal))
            {
                continue;
            }

            var strings = Strings(line.AsSpan(call));
            if (strings.Count == 0)
            {
                continue;
            }

            bool succeeded = line.EndsWith("= 0", StringComparison.Ordinal) || line.Contains("<unfinished", StringComparison.Ordinal);
            if (started)
            {
                found.Add(new ObservedCommand(strings[0], [.. strings.Skip(1)], succeeded));
            }

            // What ran before is the driver's own (setpriv, bwrap, tar, the search along PATH), and so is this start.
            started |= succeeded && strings.Skip(1).SequenceEqual(payload);
        }

        // The frame's own, after the payload: it packs the outputs.
        while (found.Count > 0 && found[^1].Arguments.Take(Frame.Packing.Length).SequenceEqual(Frame.Packing))
        {
            found.RemoveAt(found.Count - 1);
        }

        return found.ToImmutable();
    }

    // Every string is \xNN only, so quotes and brackets inside arguments can't confuse this.
    private static List<string> Strings(ReadOnlySpan<char> line)
    {
        var strings = new List<string>();
        var bytes = new List<byte>();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == ']')
            {
                break; // the environment follows the arguments
            }

            if (line[i] != '"')
            {
                continue;
            }

            bytes.Clear();
            for (i++; i + 3 < line.Length && line[i] == '\\'; i += 4)
            {
                bytes.Add(byte.Parse(line.Slice(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }

            strings.Add(Encoding.UTF8.GetString(bytes.ToArray()));
        }

        return strings;
    }
}
