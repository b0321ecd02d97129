using System.Globalization;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Tracing;

/// <summary>Reads the lines of <c>strace -f -xx -e trace=execve,execveat</c>, by which the runner in a container records starts.</summary>
internal static class StraceLines
{
    /// <summary>All starts in order; one whose end another line told counts as successful.</summary>
    public static IReadOnlyList<ObservedCommand> Parse(string text)
    {
        var found = new List<ObservedCommand>();
        foreach (string line in text.Split('\n'))
        {
            int call = line.IndexOf("execve", StringComparison.Ordinal);
            if (call < 0 || line.Contains(" resumed>", StringComparison.Ordinal) || Strings(line.AsSpan(call)) is not [var program, .. var arguments])
            {
                continue;
            }

            // "pid changed": started by another thread than the first.
            bool succeeded = line.EndsWith("= 0", StringComparison.Ordinal) || line.Contains("<unfinished", StringComparison.Ordinal) || line.Contains("<pid changed", StringComparison.Ordinal);
            found.Add(new ObservedCommand(program, [.. arguments], succeeded));
        }

        return found;
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
