using System.Text;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Ir;

/// <summary>What a sink looks like in a finding, and in its identity: what stands elsewhere does not change it.</summary>
internal static class SinkText
{
    /// <summary>Longest text of a sink, in UTF-16 units.</summary>
    public const int MaxLength = 200;

    private const int MaxSource = 4000;

    /// <summary>The text from start to end with white space and comments folded, and "function" for each function that is written in it.</summary>
    /// <param name="within">The callable that holds it.</param>
    /// <param name="most">Longest result, in UTF-16 units.</param>
    public static string Of(SourceFile file, int start, int end, Callable within, int most = MaxLength)
    {
        var text = file.Text.AsSpan(0, Math.Min(end, Math.Min(file.Text.Length, start + MaxSource)));
        var functions = new Dictionary<int, int>();
        foreach (var x in within.Code) if (x.Op == Op.Function && x.Start > start && x.End <= end) functions.TryAdd(x.Start, x.End);
        var s = new StringBuilder();
        var space = false;
        for (var i = start; i < text.Length && s.Length < most; i++)
        {
            if (text[i] == '/' && i + 1 < text.Length && text[i + 1] == '*' && text[i..].IndexOf("*/") is var close and > 0) { i += close + 1; space = true; continue; }
            if (text[i] == '/' && i + 1 < text.Length && text[i + 1] == '/' && (i == start || char.IsWhiteSpace(text[i - 1])) && text[i..].IndexOf('\n') is var line and > 0) { i += line; space = true; continue; }
            if (char.IsWhiteSpace(text[i])) { space = true; continue; }
            if (space && s.Length > 0) s.Append(' ');
            space = false;
            if (functions.TryGetValue(i, out var after)) { s.Append("function"); i = after - 1; continue; }
            s.Append(text[i]);
        }
        return s.Length <= most ? s.ToString() : s.ToString(0, most);
    }
}
