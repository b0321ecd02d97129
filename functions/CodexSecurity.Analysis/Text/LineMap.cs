namespace CodexSecurity.Analysis.Text;

/// <summary>Translates offsets to lines. A line ends at LF, CRLF or a lone CR.</summary>
public sealed class LineMap
{
    private readonly int[] _starts;

    /// <summary>Reads the line starts of a text.</summary>
    public LineMap(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))) starts.Add(i + 1);
        }
        _starts = [.. starts];
    }

    /// <summary>Number of lines; an empty text has one.</summary>
    public int LineCount => _starts.Length;

    /// <summary>First offset of a 1-based line.</summary>
    public int LineStart(int line) => _starts[line - 1];

    /// <summary>Line and column of an offset.</summary>
    public LinePosition Position(int offset)
    {
        var found = Array.BinarySearch(_starts, offset);
        var line = found >= 0 ? found : ~found - 1;
        return new LinePosition(line + 1, offset - _starts[line] + 1);
    }
}
