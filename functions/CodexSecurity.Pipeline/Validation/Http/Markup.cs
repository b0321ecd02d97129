namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>
/// Names of the elements of a page, by the part of HTML's tokenizer that decides what is an element: quoted attribute values, comments
/// and raw text are none.
/// </summary>
public static class Markup
{
    private static readonly string[] RawText = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"];

    /// <summary>Start tags in order, as written. Linear in the text.</summary>
    public static IEnumerable<string> Elements(string text)
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
            if (char.IsAsciiLetter(text[open + 1])) yield return name;
            at = EndOfTag(text, end);
            string? raw = Array.Find(RawText, r => r.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (raw is null) continue;
            int closing = text.IndexOf("</" + raw, at, StringComparison.OrdinalIgnoreCase);
            if (closing < 0) yield break;
            at = closing;
        }
    }

    private static int EndOfTag(string text, int at)
    {
        char quote = '\0';
        bool value = false;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
            }
            else if (c == '>')
            {
                return at + 1;
            }
            else if (c is '"' or '\'' && value)
            {
                quote = c;
                value = false;
            }
            else if (c == '=')
            {
                value = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                value = false;
            }
        }

        return text.Length;
    }
}
