namespace CodexSecurity.Analysis.Text;

/// <summary>A range of UTF-16 offsets in a file; the end is exclusive.</summary>
public readonly record struct Span(int Start, int End)
{
    /// <summary>Number of UTF-16 units.</summary>
    public int Length => End - Start;
}

/// <summary>A place for people: line and column are 1-based, the column counts UTF-16 units.</summary>
public readonly record struct LinePosition(int Line, int Column);
