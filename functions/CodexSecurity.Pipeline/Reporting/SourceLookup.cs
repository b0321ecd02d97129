using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Source texts for excerpts in reports. A text that is not there leaves the excerpt out, never an error.</summary>
/// <param name="read">Text of a path, or null.</param>
public sealed class SourceLookup(Func<string, string?> read)
{
    private readonly Dictionary<string, SourceFile?> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _hashes = new(StringComparer.Ordinal);

    /// <summary>No source at hand.</summary>
    public static SourceLookup None => new(_ => null);

    /// <summary>The texts that a finding's places are in: of one that is gone, those of this state are not.</summary>
    public SourceLookup For(Finding finding) => finding.State == FindingState.Resolved ? None : this;

    /// <summary>The file, or null.</summary>
    public SourceFile? File(string path)
    {
        if (_files.TryGetValue(path, out var file)) return file;
        return _files[path] = read(path) is { } text ? new SourceFile(path, text) : null;
    }

    /// <summary>The <see cref="LineHash"/> of a line (1-based), or null where there is no such line. A file's lines are hashed once.</summary>
    public string? HashOf(string path, int line)
    {
        if (File(path) is not { } file) return null;
        if (!_hashes.TryGetValue(path, out var hashes)) _hashes[path] = hashes = LineHash.Of(file.Text);
        return line >= 1 && line <= hashes.Count ? hashes[line - 1] : null;
    }

    /// <summary>Lines <paramref name="first"/> to <paramref name="last"/> (1-based, inclusive, clipped), each at most 300 UTF-16 units.</summary>
    public IReadOnlyList<(int Number, string Text)> Lines(string path, int first, int last)
    {
        if (File(path) is not { } file) return [];
        var result = new List<(int, string)>();
        for (var line = Math.Max(1, first); line <= Math.Min(last, file.Lines.LineCount); line++)
        {
            var start = file.Lines.LineStart(line);
            var end = line < file.Lines.LineCount ? file.Lines.LineStart(line + 1) : file.Text.Length;
            var text = file.Text[start..end].TrimEnd('\r', '\n');
            result.Add((line, text.Length > 300 ? text[..300] + " …" : text));
        }
        return result;
    }
}
