using System.Globalization;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>Values of literals in JavaScript and TypeScript.</summary>
public static class JavaScriptLiterals
{
    /// <summary>Value of a string node.</summary>
    public static string StringValue(SyntaxNode n)
    {
        var text = n.TextSpan;
        return text.Length < 2 ? n.Text : Unescape(text[1..^1]);
    }

    /// <summary>The text with escapes resolved; what is no escape stays as it is (ECMA-262, 12.9.4).</summary>
    public static string Unescape(ReadOnlySpan<char> t)
    {
        if (!t.Contains('\\')) return t.ToString();
        var s = new System.Text.StringBuilder(t.Length);
        for (var i = 0; i < t.Length; i++)
        {
            if (t[i] != '\\' || i + 1 == t.Length) { s.Append(t[i]); continue; }
            var c = t[++i];
            if (c is 'x' or 'u')
            {
                var brace = c == 'u' && i + 1 < t.Length && t[i + 1] == '{';
                var from = i + (brace ? 2 : 1);
                var length = brace ? t[from..].IndexOf('}') : c == 'x' ? 2 : 4;
                if (length > 0 && from + length <= t.Length
                    && int.TryParse(t.Slice(from, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && code is >= 0 and <= 0x10FFFF)
                {
                    if (code > 0xFFFF) s.Append(char.ConvertFromUtf32(code)); else s.Append((char)code);
                    i = from + length - (brace ? 0 : 1);
                    continue;
                }
            }
            if (c is '\r' or '\n') { if (c == '\r' && i + 1 < t.Length && t[i + 1] == '\n') i++; continue; }
            s.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', 'v' => '\v', '0' => '\0', _ => c });
        }
        return s.ToString();
    }
}
