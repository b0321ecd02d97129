using System.Text;

namespace CodexSecurity.Analysis.Text;

/// <summary>A source text with its path. Offsets everywhere are UTF-16 units of <see cref="Text"/>.</summary>
public sealed class SourceFile
{
    private LineMap? _lines;

    /// <summary>Makes one from text.</summary>
    /// <param name="path">Relative POSIX path.</param>
    /// <param name="text">The text without a byte order mark.</param>
    public SourceFile(string path, string text) => (Path, Text) = (path, text);

    /// <summary>Relative POSIX path.</summary>
    public string Path { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>Its lines; made on first use.</summary>
    public LineMap Lines => _lines ??= new LineMap(Text);

    /// <summary>
    /// Decodes UTF-8 without its byte order mark. A byte that is no UTF-8 becomes the lone surrogate U+DC00 + byte
    /// (as in Python's surrogateescape), so that no information is lost and offsets stay honest.
    /// </summary>
    public static SourceFile FromBytes(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (System.Text.Unicode.Utf8.IsValid(bytes)) return new SourceFile(path, Encoding.UTF8.GetString(bytes));
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                for (var i = 0; i < used; i++) text.Append((char)(0xDC00 + bytes[i]));
            }
            bytes = bytes[used..];
        }
        return new SourceFile(path, text.ToString());
    }
}
