namespace CodexSecurity.Analysis.Syntax;

/// <summary>Keeps the parsers' compiled code between processes. What it gives is run as code of this process: only what was kept before may come back.</summary>
public interface ICompiledModules
{
    /// <summary>What was kept under a key, or null.</summary>
    byte[]? Find(string key);

    /// <summary>Keeps compiled code. A failure is no error: it is compiled again next time.</summary>
    void Keep(string key, ReadOnlySpan<byte> compiled);
}
