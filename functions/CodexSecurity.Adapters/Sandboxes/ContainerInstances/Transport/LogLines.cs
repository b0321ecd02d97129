using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;

/// <summary>
/// Evidence as lines of a container's log: numbered, each with its own code under the run's key, a last one with the digest of all. A log that is cut,
/// mixed with other lines, out of order or forged is either read right or refused.
/// </summary>
/// <remarks>
/// A line is <c>codex-evidence RUN NUMBER/COUNT BASE64 CODE</c>; the last has the word <c>end</c> for its number and the digest as content. The log gives 4 MiB while a
/// container runs and 16 KiB or 1,000 lines once it has stopped.
/// </remarks>
internal static class LogLines
{
    /// <summary>Largest evidence in bytes: as base64 with codes it stays below 3 MiB and 500 lines.</summary>
    public const int MostBytes = 2_200_000;

    private const string Mark = "codex-evidence";
    private const int ChunkSize = 6_000;

    /// <summary>The lines, without their ends.</summary>
    public static IEnumerable<string> Write(string run, byte[] key, byte[] evidence)
    {
        if (evidence.Length > MostBytes)
        {
            throw new ArgumentException("the evidence is too large for a log");
        }

        int count = (evidence.Length + ChunkSize - 1) / ChunkSize;
        for (int i = 0; i < count; i++)
        {
            yield return Line(run, key, i.ToString(CultureInfo.InvariantCulture), count, evidence.AsSpan(i * ChunkSize, Math.Min(ChunkSize, evidence.Length - (i * ChunkSize))));
        }

        yield return Line(run, key, "end", count, SHA256.HashData(evidence));
    }

    /// <summary>Whether a text holds the last line of a run.</summary>
    public static bool HasEnd(string log, string run) => log.Contains($"{Mark} {run} end/", StringComparison.Ordinal);

    /// <summary>The evidence of a run, or null with the reason why the log does not give it.</summary>
    public static byte[]? Read(string log, string run, byte[] key, out string reason)
    {
        var chunks = new SortedDictionary<int, byte[]>();
        byte[]? digest = null;
        int count = -1, damaged = 0;
        foreach (string line in log.Split('\n'))
        {
            // The platform may put a time stamp before.
            int at = line.IndexOf(Mark + ' ' + run + ' ', StringComparison.Ordinal);
            if (at < 0)
            {
                continue;
            }

            if (!Parse(line[at..].TrimEnd(), run, key, out string number, out int total, out byte[] content) || (count >= 0 && total != count))
            {
                damaged++;
                continue;
            }

            count = total;
            if (number == "end")
            {
                digest = content;
            }
            else
            {
                chunks[int.Parse(number, CultureInfo.InvariantCulture)] = content;
            }
        }

        reason = count < 0 ? $"the log holds no evidence of this run{(damaged > 0 ? ", only damaged lines" : "")}"
            : digest is null ? $"the log lacks its end ({chunks.Count} of {count} parts)"
            : chunks.Count < count ? $"the log is cut: {chunks.Count} of {count} parts{(damaged > 0 ? $", {damaged} damaged" : "")}"
            : "";
        if (reason.Length > 0)
        {
            return null;
        }

        byte[] all = [.. chunks.Values.SelectMany(chunk => chunk)];
        if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(all), digest))
        {
            return all;
        }

        reason = "the log's parts do not give the digest at its end";
        return null;
    }

    private static string Line(string run, byte[] key, string number, int count, ReadOnlySpan<byte> content)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Mark} {run} {number}/{count} {Convert.ToBase64String(content)}");
        return $"{text} {Code(key, text)}";
    }

    private static string Code(byte[] key, string text) => Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)));

    private static bool Parse(string line, string run, byte[] key, out string number, out int count, out byte[] content)
    {
        (number, count, content) = ("", 0, []);
        string[] parts = line.Split(' ');
        if (parts is not [Mark, _, var place, var data, var code] || parts[1] != run
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Code(key, line[..line.LastIndexOf(' ')])), Encoding.ASCII.GetBytes(code)))
        {
            return false;
        }

        // From here on the line is the runner's own.
        string[] numbers = place.Split('/');
        (number, count, content) = (numbers[0], int.Parse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture), Convert.FromBase64String(data));
        return true;
    }
}
