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

/// <summary>Reads generated JavaScript piece by piece and tells where the next value stands.</summary>
internal sealed partial class CodeText
{
    private const int KeptTail = 120;
    private const char None = '\0', LineComment = '\n', BlockComment = '*', Expression = '/';
    private string _tail = "";
    private char _open;
    private bool _escaped, _inSet, _isLost;

    /// <summary>The place of what comes next; <see cref="CodePlace.Open"/> as well where it can't be told.</summary>
    /// <param name="behind">The text behind it, "" where unknown.</param>
    public CodePlace Place(string behind) => _isLost ? CodePlace.Open : _open switch
    {
        '"' => CodePlace.DoubleQuoted, '\'' => CodePlace.SingleQuoted, '`' => CodePlace.Template,
        None when NamePlace().IsMatch(_tail) || (KeyPlace().IsMatch(_tail) && behind.AsSpan().TrimStart().StartsWith(':')) => CodePlace.Name,
        _ => CodePlace.Open,
    };

    /// <summary>The same place, to go on from by another way.</summary>
    public CodeText Copy() => (CodeText)MemberwiseClone();

    /// <summary>Goes on where one of several ways went; lost where they end in different places.</summary>
    public void Join(IReadOnlyList<CodeText> ways)
    {
        if (ways.Count == 0) return;
        (_tail, _open, _escaped, _inSet) = (ways[0]._tail, ways[0]._open, ways[0]._escaped, ways[0]._inSet);
        _isLost |= ways.Any(w => w._isLost || (w._open, w._escaped, w._inSet) != (_open, _escaped, _inSet));
    }

    /// <summary>Goes on behind a text.</summary>
    public void Read(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i], next = i + 1 < text.Length ? text[i + 1] : None;
            if (_escaped) _escaped = false;
            else if (_open == None) i += Begin(c, next);
            else if (_open == LineComment) _open = c == '\n' ? None : _open;
            else if (_open == BlockComment && c == '*' && next == '/') (_open, i) = (None, i + 1);
            else if (_open == BlockComment) continue;
            else if (c == '\\') _escaped = true;
            else if (_open == Expression && c is '[' or ']') _inSet = c == '[';
            else if (c == _open && !_inSet) (_open, _tail) = (None, _tail + '"');
            // What stands in the braces of a template is code again.
            else if (_open == '`' && c == '$' && next == '{') _isLost = true;
        }

        if (_tail.Length > KeptTail) _tail = _tail[^KeptTail..];
    }

    // How many characters belong to the sign that begins here, besides the first.
    private int Begin(char c, char next)
    {
        if (c is '"' or '\'' or '`') _open = c;
        else if (c == '/' && next is '/' or '*') _open = next == '*' ? BlockComment : LineComment;
        else if (c == '/' && ExpressionPlace().IsMatch(_tail)) _open = Expression;
        else _tail += c;
        return _open is LineComment or BlockComment ? 1 : 0;
    }

    /// <summary>Goes on behind a value of unknown text that does not change the place.</summary>
    public void Skip() => _tail += _open == None ? "x" : "";

    [GeneratedRegex(@"(?:(?<![\w$.])(?:function\*?|var|let|const|class)\s+|[\w$\])]\.|(?<![\w$.])function\*?\s*[\w$]*\s*\([\w$\s,]*)\z")]
    private static partial Regex NamePlace();

    [GeneratedRegex(@"[{,]\s*\z")]
    private static partial Regex KeyPlace();

    // A slash divides behind a value.
    [GeneratedRegex(@"(?:^|[(,=:\[!&|?{};+~*%<>^-]|(?<![\w$.])(?:return|typeof|case|in|of|void|throw))\s*\z")]
    private static partial Regex ExpressionPlace();
}
