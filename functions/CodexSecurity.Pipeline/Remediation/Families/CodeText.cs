using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Where a value stands in JavaScript that is put together from texts.</summary>
internal enum CodePlace
{
    /// <summary>Anything may stand there: an expression, a statement.</summary>
    Open,

    /// <summary>Between double quotes.</summary>
    DoubleQuoted,

    /// <summary>Between single quotes.</summary>
    SingleQuoted,

    /// <summary>Between backquotes.</summary>
    Template,

    /// <summary>Where only a name can stand, or a list of names: behind "function", "var" or a dot, before the colon of a property, and among parameters.</summary>
    Name,
}

/// <summary>Reads generated JavaScript piece by piece and tells where the next value stands. Regular expressions in it are taken for code.</summary>
internal sealed partial class CodeText
{
    private const int KeptTail = 120;
    private string _tail = "";
    private char _quote;
    private bool _escaped;

    /// <summary>The place of what comes next.</summary>
    /// <param name="behind">The text behind it, "" where unknown.</param>
    public CodePlace Place(string behind) => _quote switch
    {
        '"' => CodePlace.DoubleQuoted, '\'' => CodePlace.SingleQuoted, '`' => CodePlace.Template,
        _ => NamePlace().IsMatch(_tail) || (KeyPlace().IsMatch(_tail) && behind.AsSpan().TrimStart().StartsWith(':')) ? CodePlace.Name : CodePlace.Open,
    };

    /// <summary>Goes on behind a text.</summary>
    public void Read(string text)
    {
        foreach (char c in text)
        {
            if (_escaped) _escaped = false;
            else if (_quote != '\0' && c == '\\') _escaped = true;
            else if (_quote == '\0' && c is '"' or '\'' or '`') _quote = c;
            else if (c == _quote) (_quote, _tail) = ('\0', _tail + '"');
            else if (_quote == '\0') _tail += c;
        }

        if (_tail.Length > KeptTail) _tail = _tail[^KeptTail..];
    }

    /// <summary>Goes on behind a value of unknown text that does not change the place.</summary>
    public void Skip() => _tail += _quote == '\0' ? "x" : "";

    [GeneratedRegex(@"(?:(?<![\w$.])(?:function\*?|var|let|const|class)\s+|[\w$\])]\.|(?<![\w$.])function\*?\s*[\w$]*\s*\([\w$\s,]*)\z")]
    private static partial Regex NamePlace();

    [GeneratedRegex(@"[{,]\s*\z")]
    private static partial Regex KeyPlace();
}
