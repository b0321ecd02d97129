using System.Text.RegularExpressions;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Tells where in a page the outputs of a template stand. The template's own tags count as text of the page.</summary>
internal sealed partial class OutputPlaces
{
    private const int LongestTag = 2000, LongestLine = 4000;
    private readonly string _page;
    private readonly List<(int Start, int End, bool IsRun)> _scripts = [];

    /// <summary>Makes one for a text.</summary>
    /// <param name="text">The template.</param>
    /// <param name="tags">How the engine's tags begin and end.</param>
    public OutputPlaces(string text, params ReadOnlySpan<(string Open, string Close)> tags)
    {
        var page = text.ToCharArray();
        foreach (var (open, close) in tags)
        {
            for (var at = text.IndexOf(open, StringComparison.Ordinal); at >= 0; at = text.IndexOf(open, at, StringComparison.Ordinal))
            {
                var end = text.IndexOf(close, at + open.Length, StringComparison.Ordinal);
                end = end < 0 ? text.Length : end + close.Length;
                for (var i = at; i < end; i++) if (page[i] is not ('\n' or '\r')) page[i] = 'x';
                at = end;
            }
        }
        _page = new string(page);
        for (var at = Index("<script", 0); at >= 0;)
        {
            var start = _page.IndexOf('>', at);
            if (start < 0) break;
            var end = Index("</script", start);
            if (end < 0) end = _page.Length;
            _scripts.Add((start, end, PageAddresses.IsRun(Type().Match(_page, at, start - at).Groups["type"].Value)));
            at = Index("<script", end);
        }
    }

    /// <summary>Where the output that begins at an offset stands.</summary>
    public OutputPlace Of(int at)
    {
        if (ScriptAt(at) is { } isRun) return !isRun || IsQuoted(_page, at) ? OutputPlace.Text : OutputPlace.Script;
        var open = at == 0 ? -1 : _page.LastIndexOfAny(['<', '>'], at - 1, Math.Min(at, LongestTag));
        if (open < 0 || _page[open] == '>' || open + 1 >= at || !char.IsAsciiLetter(_page[open + 1])) return OutputPlace.Text;
        if (_page[at - 1] == '=') return OutputPlace.Unquoted;
        if (_page[at - 1] is not ('"' or '\'') || at < 2 || _page[at - 2] != '=') return OutputPlace.Text;
        var name = Word(_page, at - 3, -1);
        return PageAddresses.IsFollowed(Word(_page, open + 1, 1), name) ? OutputPlace.Address : OutputPlace.Text;
    }

    // Whether the script around an offset is run; null where there is none.
    private bool? ScriptAt(int at)
    {
        int low = 0, high = _scripts.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_scripts[middle].Start < at) low = middle + 1;
            else high = middle;
        }
        return low > 0 && at < _scripts[low - 1].End ? _scripts[low - 1].IsRun : null;
    }

    /// <summary>A quote stands open before an offset on its line.</summary>
    public static bool IsQuoted(string text, int at)
    {
        var start = text.LastIndexOf('\n', Math.Max(0, at - 1)) + 1;
        if (at - start > LongestLine) return true;
        var quote = '\0';
        for (var i = start; i < at; i++)
        {
            if (text[i] == '\\') i++;
            else if (quote == '\0' && text[i] is '\'' or '"' or '`') quote = text[i];
            else if (text[i] == quote) quote = '\0';
        }
        return quote != '\0';
    }

    private int Index(string what, int from) => _page.IndexOf(what, from, StringComparison.OrdinalIgnoreCase);

    private static string Word(string text, int at, int step)
    {
        var end = at;
        while (end >= 0 && end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or ':')) end += step;
        return step > 0 ? text[at..end] : text[(end + 1)..(at + 1)];
    }

    [GeneratedRegex("""\stype\s*=\s*["']?(?<type>[^"'\s>]*)""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)] private static partial Regex Type();
}
