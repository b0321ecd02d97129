using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>Parses, and keeps the trees of the few files that were parsed last: patches of many findings are sought in the same files. Safe for many threads.</summary>
/// <param name="pool">Parses.</param>
public sealed class RecentTrees(ParserPool pool)
{
    private const int MostFiles = 8, MostChars = 4 * 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly LinkedList<(SourceFile File, Grammar Grammar, ParseResult Result)> _kept = new();
    private int _chars;

    /// <summary>The result of parsing a file; made again only where none of the same path and text is kept.</summary>
    public ParseResult Parse(SourceFile file, Grammar grammar)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (_lock)
        {
            for (var at = _kept.First; at is not null; at = at.Next)
            {
                if (at.Value.Grammar != grammar || at.Value.File.Path != file.Path || at.Value.File.Text != file.Text) continue;
                _kept.Remove(at);
                _kept.AddFirst(at);
                return at.Value.Result;
            }
        }
        var result = pool.Parse(file, grammar);
        lock (_lock)
        {
            _kept.AddFirst((file, grammar, result));
            _chars += file.Text.Length;
            while (_kept.Last is { } last && last != _kept.First && (_kept.Count > MostFiles || _chars > MostChars))
            {
                _chars -= last.Value.File.Text.Length;
                _kept.RemoveLast();
            }
        }
        return result;
    }
}
