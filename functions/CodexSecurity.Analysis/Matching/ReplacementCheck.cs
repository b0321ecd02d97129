using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Matching;

/// <summary>
/// Texts that are cleaned in part: only the first dangerous character is escaped, or a sequence is removed once where its parts may join
/// to it again. The same weaknesses as CodeQL's incomplete (multi-character) sanitization.
/// </summary>
internal static class ReplacementCheck
{
    private const int MaxPattern = 60;
    private const string Rule = "sanitization.incomplete", Dangerous = "'\"<>&`|;$";
    private static readonly string[] Steps = ["../", "/../", "/..", "..\\", ".."];
    private static readonly string[] Sequences = ["../", "<!--", "<script>", "javascript:"];

    public static void Run(FileMatches m)
    {
        foreach (var (c, i, _) in m.Calls())
        {
            ref readonly var x = ref c.Code[i];
            if (x.Op != Op.CallMethod || x.ArgCount != 2 || m.Module.Names[x.B] is not ("replace" or "replaceAll")) continue;
            if (m.View.Text(IrView.Argument(c, x, 1)) is not { } by) continue;
            var all = m.Module.Names[x.B] == "replaceAll";
            if (m.View.Text(IrView.Argument(c, x, 0)) is { } text)
            {
                if (!all) First(m, c, i, text, by);
            }
            else if (m.View.Origin(IrView.Argument(c, x, 0)) is { } o && o.In.Code[o.Index] is { Op: Op.Regex } regex)
            {
                var (pattern, flags) = ((string)o.In.Constants[regex.A].Value!, o.In.Constants[regex.B].Value as string ?? "");
                if (!flags.Contains('g')) First(m, c, i, Unescaped(pattern), by);
                else if (by.Length == 0 && Joined(pattern, flags) is { } left && !IsRepeated(c, i)) m.Add(Rule, c, x, "String.replace", $"What is left of a text may join to {left} again: it is removed once.");
            }
        }
    }

    private static void First(FileMatches m, Callable c, int index, string text, string by)
    {
        var escape = text.Length == 1 && Dangerous.Contains(text[0]) && (by.StartsWith('\\') || by.StartsWith('&') || by.StartsWith('%') || by == text + text);
        if (!escape && !(Array.IndexOf(Steps, text) >= 0 && by.Length <= 1)) return;
        if (!IsRepeated(c, index)) m.Add(Rule, c, c.Code[index], "String.replace", $"Only the first {text} is replaced.");
    }

    // The text that a pattern without operators matches; "" where it has some.
    private static string Unescaped(string pattern)
    {
        var text = "";
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length && !char.IsLetterOrDigit(pattern[i + 1])) text += pattern[++i];
            else if (".*+?^${}()|[]\\".Contains(pattern[i])) return "";
            else text += pattern[i];
        }
        return text;
    }

    // A sequence that, put into itself, is there again when all matches are gone.
    private static string? Joined(string pattern, string flags)
    {
        if (pattern.Length > MaxPattern || pattern.Contains('{')) return null;
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (flags.Contains('i') ? RegexOptions.IgnoreCase : RegexOptions.None));
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            return null;
        }
        foreach (var s in Sequences)
        {
            // Of a pattern that takes it away whole: one that trims a slash or a bracket is none that cleans.
            if (regex.Match(s).Length != s.Length) continue;
            for (var at = 1; at < s.Length; at++) if (regex.Replace(s[..at] + s + s[at..], "").Contains(s, StringComparison.Ordinal)) return s;
        }
        return null;
    }

    // In a loop it may be done until nothing is left.
    private static bool IsRepeated(Callable c, int index)
    {
        var home = Array.FindIndex(c.Blocks, b => b.First <= index && index < b.First + b.Count);
        var seen = new HashSet<int>();
        var pending = new Stack<int>([home]);
        var next = new List<int>();
        while (pending.TryPop(out var at))
        {
            next.Clear();
            c.Successors(at, next);
            foreach (var n in next)
            {
                if (n == home) return true;
                if (seen.Add(n)) pending.Push(n);
            }
        }
        return false;
    }
}
