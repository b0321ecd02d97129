using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Quotes every value that goes into a shell command, where it goes in. A value that already stands between quotes is taken out of them.</summary>
/// <param name="edits">Takes the edits.</param>
/// <param name="helper">Name of the quoting function in a file.</param>
/// <param name="words">Where given: name of the function that lets only harmless words through, used for values that look like several words.</param>
internal sealed class ShellQuoting(EditSet edits, Func<JsFile, string> helper, Func<JsFile, string>? words = null)
{
    private readonly HashSet<(string, int)> _done = [];

    /// <summary>Number of values that were quoted.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the edits for one command; false where a value stands in a place that can't be quoted.</summary>
    public bool Add(IReadOnlyList<TextPiece> pieces) => Add(pieces, new ShellState());

    private bool Add(IReadOnlyList<TextPiece> pieces, ShellState state)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            var piece = pieces[i];
            switch (piece.Kind)
            {
                case PieceKind.Literal or PieceKind.Fixed:
                    state.Read(piece.Text ?? "");
                    break;
                case PieceKind.Choice:
                    foreach (var branch in piece.Branches!) if (!Add(branch, state)) return false;
                    break;
                case PieceKind.Joined:
                    if (state.Open != '\0' || !IsSpace(piece.Text)) return false;
                    if (_done.Add((piece.File.Path, piece.Node.Index))) edits.Insert(piece.File, piece.Node.End, $".map({helper(piece.File)})");
                    Count++;
                    break;
                case PieceKind.Hole:
                    var (prev, next) = (Neighbour(pieces, i - 1, piece), Neighbour(pieces, i + 1, piece));
                    if (!Quote(piece, prev, next, state.Open)) return false;
                    if (state.Open != '\0' && next is not null && next.Units![0].Value == state.Open.ToString())
                    {
                        // The closing quote behind the value was taken away: go on behind it.
                        state.Close();
                        state.Read(next.Text![1..]);
                        i++;
                    }
                    break;
            }
        }
        return true;
    }

    private static bool IsSpace(string? separator) => separator is not null && separator.Length > 0 && separator.All(c => c == ' ');

    private static TextPiece? Neighbour(IReadOnlyList<TextPiece> pieces, int i, TextPiece of) =>
        i >= 0 && i < pieces.Count && pieces[i] is { Kind: PieceKind.Literal } p && ReferenceEquals(p.File, of.File) ? p : null;

    private bool Quote(TextPiece hole, TextPiece? prev, TextPiece? next, char open)
    {
        if (!_done.Add((hole.File.Path, hole.Node.Index))) return true; // the same place belongs to several commands
        Count++;
        var file = hole.File;
        if (open == '\0' && words is not null && LooksLikeWords(hole.Node))
        {
            edits.Replace(file, hole.Node, $"{words(file)}({Source(hole.Node)})");
            return true;
        }
        var text = $"{helper(file)}({Source(hole.Node)})";
        // An absent option stays absent: quoting "" would make an empty word of it.
        if (hole.Node.Kind == "binary_expression" && Js.Operator(hole.Node) is "||" or "??" && Js.StringValue(hole.Node.Field("right")) == "" && Js.IsPure(hole.Node))
            text = $"({hole.Node.Field("left").Text} ? {helper(file)}({hole.Node.Field("left").Text}) : {hole.Node.Field("right").Text})";
        if (open == '\0')
        {
            edits.Replace(file, hole.Node, text);
            return true;
        }
        var quote = open.ToString();
        if (prev?.Units is { } before)
        {
            if (before[^1].Value == quote && Opens(prev.Text!, open)) Drop(file, prev.Node, before, before[^1]);
            else edits.Insert(file, before[^1].End, InLiteral(prev, quote));
        }
        else text = file.Style.Literal(quote) + " + " + text;
        if (next?.Units is { } after)
        {
            if (after[0].Value == quote) Drop(file, next.Node, after, after[0]);
            else edits.Insert(file, after[0].Start, InLiteral(next, quote));
        }
        else text += " + " + file.Style.Literal(quote);
        if ((prev is null || next is null) && hole.Placeholder.Token.HasValue) return false;
        edits.Replace(file, hole.Node, text);
        return true;
    }

    // A literal that held nothing but the quote goes away with its operator.
    private void Drop(JsFile file, SyntaxNode literal, IReadOnlyList<LiteralUnit> units, LiteralUnit quote)
    {
        var parent = literal.Parent;
        if (units.Count == 1 && literal.Kind == "string" && Js.IsConcatenation(parent) && literal.End - literal.Start == quote.End - quote.Start + 2)
        {
            if (parent.Field("right") == literal) { edits.Replace(file, parent.Field("left").End, literal.End, ""); return; }
            if (parent.Field("right").Kind != "string") { edits.Replace(file, literal.Start, parent.Field("right").Start, ""); return; }
        }
        edits.Replace(file, quote.Start, quote.End, "");
    }

    // Is the last character the one that opened the quotes (and not one that belongs to the quoted text)?
    private static bool Opens(string text, char quote)
    {
        var count = text.Count(c => c == quote);
        return count % 2 == 1 && !text.EndsWith("\\" + quote, StringComparison.Ordinal);
    }

    /// <summary>A value made by a call without a known text in it: options that were put together elsewhere.</summary>
    public static bool LooksLikeWords(SyntaxNode n) =>
        n.Kind == "call_expression" && !System.Text.RegularExpressions.Regex.IsMatch(n.Field("function").Text, "(?i)(path|file|dir|name|host|url|id)$") && Js.LastName(n.Field("function")) is not ("resolve" or "join" or "basename" or "dirname" or "normalize" or "toString" or "String" or "relative" or "encodeURIComponent");

    private static string InLiteral(TextPiece literal, string text) => CodeStyle.Escape(text, literal.File.Text[literal.Node.Start]);

    private static string Source(SyntaxNode n) => n.Kind == "sequence_expression" ? $"({n.Text})" : n.Text;
}
