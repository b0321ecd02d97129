namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Which part of a text a value is. What a check says of one part says nothing of the others, nor of the whole: a file that ends in ".zip"
/// may have any name. What holds for the whole holds for its parts.
/// </summary>
internal enum TextPart : byte
{
    /// <summary>The whole text.</summary>
    None,
    /// <summary>Any piece of a split or a match.</summary>
    Piece,
    /// <summary>The first piece; those at the next places follow.</summary>
    FirstItem,
    /// <summary>The piece at the last place that is told apart.</summary>
    LastItem = FirstItem + 7,
    /// <summary>Where it begins.</summary>
    Start,
    /// <summary>A section that begins elsewhere.</summary>
    Section,
    Extension, FileName, Folder, Protocol, Host, UrlPath, Query,
}

/// <summary>A part is kept in the upper bits of a label's marks.</summary>
internal static class TextParts
{
    private const int Shift = 4, Bits = 5;

    public static TextPart Part(this TextMarks marks) => (TextPart)((int)marks >> Shift);

    /// <summary>The same marks on a part of the text.</summary>
    public static TextMarks Of(this TextMarks marks, TextPart part) => (TextMarks)(((int)marks & ((1 << Shift) - 1)) | ((int)part << Shift));

    /// <summary>The piece at a place of a split or match.</summary>
    public static TextPart Item(int index) => index is >= 0 and <= TextPart.LastItem - TextPart.FirstItem ? (TextPart)((int)TextPart.FirstItem + index) : TextPart.Piece;

    /// <summary>The part that a key of facts is about.</summary>
    public static TextPart PartOf(int factKey) => factKey < 0 ? TextPart.None : (TextPart)((factKey >> 1) & ((1 << Bits) - 1));

    /// <summary>What facts are about: a value, decoded or not, and a part of it.</summary>
    public static int FactKey(AccessNode node, TextMarks marks, TextPart part) => (((node.Id << Bits) | (int)part) << 1) | (marks.HasFlag(TextMarks.Decoded) ? 1 : 0);
}
