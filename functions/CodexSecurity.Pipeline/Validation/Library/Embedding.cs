namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A place inside a text that has a form of its own: a payload there keeps the form that the code parses.</summary>
/// <param name="Before">Text before the place.</param>
/// <param name="Inside">What stands there in the harmless text.</param>
/// <param name="After">Text behind it.</param>
public sealed record Embedding(string Before, string Inside, string After)
{
    private const string Opening = "([{<\"'`", Closing = ")]}>\"'`";

    /// <summary>Places in brackets and quotes, the innermost first in the order of the text; then behind "=" and ":".</summary>
    public static IReadOnlyList<Embedding> Of(string text)
    {
        var found = new List<Embedding>();
        if (text.Length is < 3 or > 2000) return found;
        for (int i = 0; i < text.Length; i++)
        {
            int kind = Opening.IndexOf(text[i], StringComparison.Ordinal);
            if (kind < 0) continue;
            int end = text.IndexOfAny([.. Opening, .. Closing], i + 1);
            // Innermost: the next bracket or quote closes this one.
            if (end > i + 1 && text[end] == Closing[kind]) found.Add(new Embedding(text[..(i + 1)], text[(i + 1)..end], text[end..]));
        }

        for (int i = 0; i < text.Length - 1; i++)
        {
            if (text[i] is not ('=' or ':')) continue;
            int from = i + 1;
            while (from < text.Length && text[from] == ' ') from++;
            int end = from;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '_' or '-')) end++;
            if (end > from) found.Add(new Embedding(text[..from], text[from..end], text[end..]));
        }

        return [.. found.DistinctBy(e => (e.Before.Length, e.Inside.Length))];
    }
}
