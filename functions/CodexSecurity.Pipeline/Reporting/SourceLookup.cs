using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Source texts for excerpts in reports. A text that is not there leaves the excerpt out, never an error.</summary>
/// <param name="read">Text of a path, or null.</param>
public sealed class SourceLookup(Func<string, string?> read)
{
    private readonly Dictionary<string, SourceFile?> _files = new(StringComparer.Ordinal);

    /// <summary>No source at hand.</summary>
    public static SourceLookup None => new(_ => null);

    /// <summary>The file, or null.</summary>
    public SourceFile? File(string path)
    {
        if (_files.TryGetValue(path, out var file)) return file;
        return _files[path] = read(path) is { } text ? new SourceFile(path, text) : null;
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
