using System.Net;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>An element of a page.</summary>
/// <param name="Name">As written.</param>
/// <param name="Attributes">Names as written, values with their entities resolved.</param>
/// <param name="Text">What stands in an element of raw text, such as a script; "" for others.</param>
public sealed record PageElement(string Name, IReadOnlyList<(string Name, string Value)> Attributes, string Text);

/// <summary>
/// Elements of a page, by the part of HTML's tokenizer that decides what is an element: quoted attribute values, comments and raw text are none.
/// </summary>
public static class Markup
{
    private static readonly string[] RawText = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"];

    /// <summary>Start tags in order. Linear in the text.</summary>
    public static IEnumerable<PageElement> Elements(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf('<', at);
            if (open < 0 || open + 1 >= text.Length) yield break;
            if (string.CompareOrdinal(text, open, "<!--", 0, 4) == 0)
            {
                int close = text.IndexOf("-->", open + 4, StringComparison.Ordinal);
                if (close < 0) yield break;
                at = close + 3;
                continue;
            }

            if (!char.IsAsciiLetter(text[open + 1]) && text[open + 1] is not ('/' or '!' or '?'))
            {
                at = open + 1;
                continue;
            }

            int end = open + 1;
            while (end < text.Length && text[end] is not ('>' or '/' or ' ' or '\t' or '\n' or '\r' or '\f')) end++;
            string name = text[(open + 1)..end];
            var attributes = new List<(string, string)>();
            at = Attributes(text, end, attributes);
            string? raw = Array.Find(RawText, r => r.Equals(name, StringComparison.OrdinalIgnoreCase));
            int closing = raw is null ? at : text.IndexOf("</" + raw, at, StringComparison.OrdinalIgnoreCase);
            if (char.IsAsciiLetter(text[open + 1])) yield return new PageElement(name, attributes, raw is null ? "" : text[at..(closing < 0 ? text.Length : closing)]);
            if (closing < 0) yield break;
            at = closing;
        }
    }

    // Returns where the tag ends.
    private static int Attributes(string text, int at, List<(string Name, string Value)> found)
    {
        while (at < text.Length)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '/')) at++;
            if (at >= text.Length) break;
            if (text[at] == '>') return at + 1;
            int start = at++;
            while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('/' or '>' or '=')) at++;
            string name = text[start..at];
            int next = at;
            while (next < text.Length && char.IsWhiteSpace(text[next])) next++;
            if (next >= text.Length || text[next] != '=')
            {
                found.Add((name, ""));
                continue;
            }

            at = next + 1;
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            if (at >= text.Length) break;
            if (text[at] is '"' or '\'')
            {
                int close = text.IndexOf(text[at], at + 1);
                found.Add((name, WebUtility.HtmlDecode(text[(at + 1)..(close < 0 ? text.Length : close)])));
                at = close < 0 ? text.Length : close + 1;
                continue;
            }

            start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] != '>') at++;
            found.Add((name, WebUtility.HtmlDecode(text[start..at])));
        }

        return text.Length;
    }
}
