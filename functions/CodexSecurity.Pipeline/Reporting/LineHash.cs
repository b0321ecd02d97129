using System.Globalization;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>
/// GitHub's <c>primaryLocationLineHash</c>: a rolling 64-bit hash over the 100 characters from a line's start on, white space
/// left out, with the number of its occurrence. Source of the algorithm: fingerprints of github/codeql-action.
/// </summary>
public static class LineHash
{
    private const int Block = 100;
    private const ulong Multiplier = 37;

    /// <summary>Hash of every line, by line number minus one.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var firstMod = 1UL;
        for (var i = 0; i < Block; i++) firstMod = unchecked(firstMod * Multiplier);
        var result = new List<string>();
        var window = new ulong[Block];
        var lines = new int[Block];
        Array.Fill(lines, -1);
        var counts = new Dictionary<ulong, int>();
        var (hash, index, line, lineStart, afterReturn) = (0UL, 0, 0, true, false);

        void Output()
        {
            counts[hash] = counts.GetValueOrDefault(hash) + 1;
            while (result.Count < lines[index]) result.Add("");
            result[lines[index] - 1] = hash.ToString("x", CultureInfo.InvariantCulture) + ":" + counts[hash].ToString(CultureInfo.InvariantCulture);
            lines[index] = -1;
        }

        void Update(ulong current)
        {
            var begin = window[index];
            window[index] = current;
            hash = unchecked((Multiplier * hash) + current - (firstMod * begin));
            index = (index + 1) % Block;
        }

        void Process(char current)
        {
            if (current is ' ' or '\t' || (afterReturn && current == '\n')) { afterReturn = false; return; }
            afterReturn = current == '\r';
            if (afterReturn) current = '\n';
            if (lines[index] != -1) Output();
            if (lineStart) { lineStart = false; lines[index] = ++line; }
            if (current == '\n') lineStart = true;
            Update(current);
        }

        foreach (var c in text) Process(c);
        Process('\uFFFF');
        for (var i = 0; i < Block; i++)
        {
            if (lines[index] != -1) Output();
            Update(0);
        }
        return result;
    }
}
