namespace CodexSecurity.Pipeline.Domain;

/// <summary>Path globs: "*" within a segment, "?" one character, "**" any segments; a trailing "/" means everything below. Linear in pattern × path.</summary>
public static class PathGlob
{
    /// <summary>True where the pattern covers the relative POSIX path.</summary>
    public static bool IsMatch(string pattern, string path)
    {
        if (pattern.EndsWith('/')) pattern += "**";
        if (pattern.StartsWith("./", StringComparison.Ordinal)) pattern = pattern[2..];
        var (parts, names) = (pattern.Split('/'), path.Split('/'));
        var reach = new bool[names.Length + 1];
        reach[0] = true;
        foreach (var part in parts)
        {
            var next = new bool[names.Length + 1];
            if (part == "**")
            {
                for (int i = 0, seen = 0; i <= names.Length; i++)
                {
                    if (reach[i]) seen = 1;
                    next[i] = seen == 1;
                }
            }
            else
            {
                for (var i = 0; i < names.Length; i++) next[i + 1] = reach[i] && Segment(part, names[i]);
            }
            reach = next;
        }
        return reach[names.Length];
    }

    private static bool Segment(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') { star = p++; mark = t; }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t])) { p++; t++; }
            else if (star >= 0) { p = star + 1; t = ++mark; }
            else return false;
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
