using System.Globalization;
using System.Text;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>An item of a regular expression as it is written: enough to rewrite it, not to match with it.</summary>
/// <param name="Text">Source text without the quantifier; for a group only its opening ("(", "(?:", "(?&lt;name&gt;").</param>
/// <param name="Branches">Alternatives of a group; null for others.</param>
/// <param name="Min">Least number.</param>
/// <param name="Max">Largest number; -1 for none.</param>
/// <param name="Lazy">A lazy quantifier.</param>
internal sealed record RegexItem(string Text, IReadOnlyList<IReadOnlyList<RegexItem>>? Branches = null, int Min = 1, int Max = 1, bool Lazy = false)
{
    public bool IsGroup => Branches is not null;

    /// <summary>A class, an escape of a class, the dot or a literal: reads one character.</summary>
    public bool IsSimple => !IsGroup && !IsAnchor && !IsReference;

    /// <summary>A back reference by number.</summary>
    public bool IsReference => Text.Length > 1 && Text[0] == '\\' && Text[1] is >= '1' and <= '9';

    public bool IsAnchor => Text is "^" or "$" or "\\b" or "\\B";

    public bool Captures => IsGroup && (Text == "(" || Text.StartsWith("(?<", StringComparison.Ordinal) && Text[3] is not ('=' or '!'));

    public bool IsLookaround => IsGroup && (Text is "(?=" or "(?!" or "(?<=" or "(?<!");

    public bool IsUnbounded => Max < 0;

    /// <summary>One literal character, "" for anything else.</summary>
    public string Literal => IsGroup || Text is "." or "^" or "$" || Text[0] == '[' ? "" : Text[0] != '\\' ? Text : Text.Length == 2 && !char.IsAsciiLetterOrDigit(Text[1]) ? Text[1..] : "";

    public RegexItem Times(int min, int max) => this with { Min = min, Max = max };

    /// <summary>The item as source text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Text);
        if (Branches is not null) text.Append(RegexSketch.Write(Branches)).Append(')');
        text.Append((Min, Max) switch { (1, 1) => "", (0, -1) => "*", (1, -1) => "+", (0, 1) => "?", var (a, b) when a == b => $"{{{a}}}", (var a, -1) => $"{{{a},}}", var (a, b) => $"{{{a},{b}}}" });
        if (Lazy && (Min, Max) != (1, 1)) text.Append('?');
        return text.ToString();
    }
}

/// <summary>Reads the source text of a JavaScript regular expression into items and writes it again. Gives up (null) where it does not understand.</summary>
internal static class RegexSketch
{
    private const int MaxDepth = 40;

    public static IReadOnlyList<IReadOnlyList<RegexItem>>? Read(string pattern)
    {
        var at = 0;
        var branches = Alternatives(pattern, ref at, 0);
        return branches is not null && at == pattern.Length && Write(branches) == pattern ? branches : null;
    }

    /// <summary>Every item, groups before what they hold, in the order of the text.</summary>
    public static IEnumerable<RegexItem> All(IReadOnlyList<IReadOnlyList<RegexItem>> branches) => branches.SelectMany(b => b).SelectMany(i => i.Branches is null ? [i] : All(i.Branches).Prepend(i));

    public static string Write(IReadOnlyList<IReadOnlyList<RegexItem>> branches) => string.Join("|", branches.Select(b => string.Concat(b)));

    private static List<IReadOnlyList<RegexItem>>? Alternatives(string p, ref int at, int depth)
    {
        if (depth > MaxDepth) return null;
        var branches = new List<IReadOnlyList<RegexItem>>();
        var items = new List<RegexItem>();
        while (at < p.Length && p[at] != ')')
        {
            if (p[at] == '|') { branches.Add(items); items = []; at++; continue; }
            if (Item(p, ref at, depth) is not { } item) return null;
            items.Add(item);
        }
        branches.Add(items);
        return branches;
    }

    private static RegexItem? Item(string p, ref int at, int depth)
    {
        RegexItem? item;
        if (p[at] == '(')
        {
            var open = Opening(p, at);
            if (open is null) return null;
            at += open.Length;
            if (Alternatives(p, ref at, depth + 1) is not { } inner || at >= p.Length) return null;
            at++;
            item = new RegexItem(open, inner);
        }
        else if (p[at] == '[')
        {
            var end = at + 1;
            while (end < p.Length && p[end] != ']') end += p[end] == '\\' ? 2 : 1;
            if (end >= p.Length) return null;
            item = new RegexItem(p[at..(end + 1)]);
            at = end + 1;
        }
        else if (p[at] == '\\')
        {
            var length = at + 1 >= p.Length ? 0 : p[at + 1] switch
            {
                'x' => 4, 'u' when at + 2 < p.Length && p[at + 2] == '{' => p.IndexOf('}', at) - at + 1, 'u' => 6, 'c' => 3,
                'p' or 'P' or 'k' => 0, >= '1' and <= '9' => Digits(p, at + 1) + 1, _ => 2,
            };
            if (length <= 0 || at + length > p.Length) return null;
            item = new RegexItem(p.Substring(at, length));
            at += length;
        }
        else if (p[at] is '*' or '+' or '?') return null;
        else item = new RegexItem(p[at++].ToString());
        return Quantified(item, p, ref at);
    }

    private static int Digits(string p, int from)
    {
        var end = from;
        while (end < p.Length && char.IsAsciiDigit(p[end])) end++;
        return end - from;
    }

    private static RegexItem? Quantified(RegexItem item, string p, ref int at)
    {
        if (at >= p.Length) return item;
        switch (p[at])
        {
            case '*': item = item.Times(0, -1); at++; break;
            case '+': item = item.Times(1, -1); at++; break;
            case '?': item = item.Times(0, 1); at++; break;
            case '{':
                var end = p.IndexOf('}', at);
                var parts = end < 0 ? [] : p[(at + 1)..end].Split(',');
                if (parts.Length is 0 or > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var min)) return item;
                var max = parts.Length == 1 ? min : -1;
                if (parts.Length == 2 && parts[1].Length > 0 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out max)) return item;
                item = item.Times(min, max);
                at = end + 1;
                break;
            default: return item;
        }
        if (at < p.Length && p[at] == '?') { item = item with { Lazy = true }; at++; }
        return item;
    }

    private static string? Opening(string p, int at)
    {
        if (at + 1 >= p.Length || p[at + 1] != '?') return "(";
        foreach (var known in new[] { "(?:", "(?=", "(?!", "(?<=", "(?<!" }) if (string.CompareOrdinal(p, at, known, 0, known.Length) == 0) return known;
        var end = p.IndexOf('>', at);
        return at + 2 < p.Length && p[at + 2] == '<' && end > 0 ? p[at..(end + 1)] : null;
    }
}
