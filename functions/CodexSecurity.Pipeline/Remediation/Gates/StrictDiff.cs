using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>Applies a unified diff without any tolerance: every line where the diff says, every context line equal. What <c>git apply</c> refuses is refused here.</summary>
public static partial class StrictDiff
{
    /// <summary>The files after the diff, by path; null with the reason where it does not apply.</summary>
    /// <param name="diff">Unified diff with <c>a/</c> and <c>b/</c> prefixes.</param>
    /// <param name="read">The text of a file, byte order mark included; null where there is none.</param>
    /// <param name="problem">Why it does not apply; "" otherwise.</param>
    public static IReadOnlyDictionary<string, string>? Apply(string diff, Func<string, string?> read, out string problem)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var lines = Lines(diff);
        var at = 0;
        problem = "the diff is empty";
        while (at < lines.Count)
        {
            while (at < lines.Count && !lines[at].StartsWith("--- ", StringComparison.Ordinal)) at++;
            if (at + 1 >= lines.Count) break;
            var (old, now) = (Name(lines[at], "a/"), Name(lines[at + 1], "b/"));
            if (now is null || !lines[at + 1].StartsWith("+++ ", StringComparison.Ordinal)) { problem = $"line {at + 2} names no file"; return null; }
            var before = old is null ? "" : read(old);
            if (before is null || (old is not null && old != now) || (old is null && read(now) is not null)) { problem = $"{now} is not as the diff says"; return null; }
            at += 2;
            if (Hunks(lines, ref at, Lines(before), now, out problem) is not { } after) return null;
            result[now] = after;
        }
        if (result.Count == 0) return null;
        problem = "";
        return result;
    }

    private static string? Hunks(List<string> lines, ref int at, List<string> old, string path, out string problem)
    {
        var text = new StringBuilder();
        int done = 0, made = 0;
        while (at < lines.Count && Header().Match(lines[at]) is { Success: true } head)
        {
            at++;
            var (start, count) = (Number(head, 1), head.Groups[2].Success ? Number(head, 2) : 1);
            var (newStart, newCount) = (Number(head, 3), head.Groups[4].Success ? Number(head, 4) : 1);
            var from = count == 0 ? start : start - 1;
            if (from < done || from > old.Count) { problem = $"{path}: a hunk starts at line {start}, outside of what is left"; return null; }
            for (; done < from; done++, made++) text.Append(old[done]);
            if ((newCount == 0 ? newStart : newStart - 1) != made) { problem = $"{path}: the hunk at line {start} puts its lines elsewhere than it says"; return null; }
            int taken = 0, given = 0;
            while (taken < count || given < newCount)
            {
                if (at >= lines.Count || lines[at].Length == 0) { problem = $"{path}: the hunk at line {start} is cut"; return null; }
                var (sign, content) = (lines[at][0], lines[at][1..]);
                at++;
                if (at < lines.Count && lines[at].StartsWith('\\')) { content = content.EndsWith('\n') ? content[..^1] : content; at++; }
                if (sign is ' ' or '-')
                {
                    if (done >= old.Count || old[done] != content) { problem = $"{path}: line {done + 1} is not as the diff says"; return null; }
                    (done, taken) = (done + 1, taken + 1);
                }
                if (sign is ' ' or '+') { text.Append(content); (given, made) = (given + 1, made + 1); }
                if (sign is not (' ' or '-' or '+')) { problem = $"{path}: the hunk at line {start} holds a line of no kind"; return null; }
            }
            if (taken != count || given != newCount) { problem = $"{path}: the hunk at line {start} has other counts than it says"; return null; }
        }
        for (; done < old.Count; done++) text.Append(old[done]);
        problem = "";
        return text.ToString();
    }

    private static int Number(Match m, int group) => int.Parse(m.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // "--- a/path" or, quoted as git does, "--- \"a/path\""; null for /dev/null.
    private static string? Name(string line, string prefix)
    {
        var name = line[4..].TrimEnd('\n');
        if (name == "/dev/null") return null;
        if (name.StartsWith('"') && name.EndsWith('"') && name.Length > 1)
            name = Escape().Replace(name[1..^1], m => m.Groups[1].Value switch { "t" => "\t", "n" => "\n", "\"" => "\"", "\\" => "\\", var o => ((char)Convert.ToInt32(o, 8)).ToString() });
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;
    }

    private static List<string> Lines(string text)
    {
        var list = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            list.Add(text[at..end]);
            at = end;
        }
        return list;
    }

    [GeneratedRegex(@"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")]
    private static partial Regex Header();

    [GeneratedRegex(@"\\(t|n|""|\\|[0-7]{3})")]
    private static partial Regex Escape();
}
