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

    /// <summary>Whether a byte order mark stood before the text.</summary>
    public bool HasByteOrderMark { get; init; }

    /// <summary>Its lines; made on first use.</summary>
    public LineMap Lines => _lines ??= new LineMap(Text);

    /// <summary>
    /// Decodes UTF-8 without its byte order mark. A byte that is no UTF-8 becomes the lone surrogate U+DC00 + byte
    /// (as in Python's surrogateescape), so that no information is lost and offsets stay honest.
    /// </summary>
    public static SourceFile FromBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var mark = bytes.StartsWith("\uFEFF"u8);
        if (mark) bytes = bytes[3..];
        if (System.Text.Unicode.Utf8.IsValid(bytes)) return new SourceFile(path, Encoding.UTF8.GetString(bytes)) { HasByteOrderMark = mark };
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
        return new SourceFile(path, text.ToString()) { HasByteOrderMark = mark };
    }

    /// <summary>The bytes of a text that was read by <see cref="FromBytes"/> (or of such a text with edits): lone surrogates become their bytes again.</summary>
    public static byte[] ToBytes(string text, bool byteOrderMark)
    {
        var result = new List<byte>(text.Length + 3);
        if (byteOrderMark) result.AddRange("\uFEFF"u8);
        var at = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            var raw = i < text.Length && text[i] is >= '\uDC80' and <= '\uDCFF' && (i == 0 || !char.IsHighSurrogate(text[i - 1]));
            if (!raw && i < text.Length) continue;
            result.AddRange(Encoding.UTF8.GetBytes(text[at..i]));
            if (raw) result.Add((byte)(text[i] - 0xDC00));
            at = i + 1;
        }
        return [.. result];
    }
}
