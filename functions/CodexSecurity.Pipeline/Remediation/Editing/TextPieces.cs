using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>What a part of a built text is.</summary>
internal enum PieceKind
{
    /// <summary>Literal text of a string or template token.</summary>
    Literal,

    /// <summary>An operand of a concatenation, a template's hole, an argument of a format, an element of a joined list.</summary>
    Hole,

    /// <summary>A value that no caller chooses; its text may be known.</summary>
    Fixed,

    /// <summary>One of several texts (a conditional).</summary>
    Choice,

    /// <summary>A list joined with a separator: <see cref="TextPiece.Node"/> is the list.</summary>
    Joined,
}

/// <summary>A part of a text that is put together in the code.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="File">The file in which it stands.</param>
/// <param name="Node">The literal token, or the expression.</param>
/// <param name="Text">Literal or known text; null where unknown.</param>
/// <param name="Units">For literals: characters with their places.</param>
/// <param name="Placeholder">For format arguments: the place of "%s" in the format's token; length 0 elsewhere.</param>
/// <param name="Branches">For a choice: its texts.</param>
internal sealed record TextPiece(
    PieceKind Kind, JsFile File, SyntaxNode Node, string? Text, IReadOnlyList<LiteralUnit>? Units = null, (SyntaxNode Token, int Start, int End) Placeholder = default,
    IReadOnlyList<IReadOnlyList<TextPiece>>? Branches = null)
{
    public bool IsDynamic => Kind is PieceKind.Hole or PieceKind.Choice or PieceKind.Joined;
}
