namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Where a POSIX shell stands while it reads a command: outside quotes, or inside one kind.</summary>
internal struct ShellState
{
    private bool _escaped;

    /// <summary>The quote that is open; NUL for none.</summary>
    public char Open { get; private set; }

    /// <summary>Reads literal text.</summary>
    public void Read(string text)
    {
        foreach (var c in text) Read(c);
    }

    public void Read(char c)
    {
        if (_escaped) { _escaped = false; return; }
        if (c == '\\' && Open != '\'') _escaped = true;
        else if (Open == c) Open = '\0';
        else if (Open == '\0' && c is '\'' or '"') Open = c;
    }

    /// <summary>Leaves the quotes, as a hole that was taken out of them does.</summary>
    public void Close() => Open = '\0';
}
