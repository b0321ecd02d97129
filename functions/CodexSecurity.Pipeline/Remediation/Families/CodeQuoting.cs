using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Code that is put together from texts: a value between quotes is escaped for them, a value that stands for a name has to be one. Values that stand for
/// code of their own stay as they are.
/// </summary>
internal static class CodeQuoting
{
    private const int MaxDepth = 8;

    /// <summary>The edits for the values of the evaluated text, and of the parameter lists before it; null where none stands in such a place.</summary>
    /// <param name="file">The file of the call.</param>
    /// <param name="code">The evaluated text.</param>
    /// <param name="parameters">Texts that are parameter lists of it.</param>
    public static PatchProposal? Propose(JsFile file, SyntaxNode code, IReadOnlyList<SyntaxNode> parameters)
    {
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        var done = new HashSet<int>();
        var (quoted, named) = (0, 0);
        foreach (var parameter in parameters)
        {
            var pieces = new TextBuilder(file).Take(parameter);
            // A list, or one of several texts, is names as a whole.
            if (pieces.Any(p => p.Kind is PieceKind.Choice or PieceKind.Joined)) Name(parameter);
            else foreach (var piece in pieces.Where(p => p.Kind == PieceKind.Hole)) Name(piece.Node);
        }

        Walk(new TextBuilder(file).Take(code), new CodeText());
        if (quoted + named == 0 || !edits.IsSound) return null;
        var said = (quoted > 0, named > 0) switch
        {
            (true, false) => "Values that are put between quotes of the generated code are escaped for them, so they stay text.",
            (false, true) => "What stands for a name in the generated code has to be one (letters, digits, _ and $; several with commas). Anything else is refused with an error.",
            _ => "In the generated code values between quotes are escaped for them, and what stands for a name has to be one (letters, digits, _ and $); anything else is refused with an error.",
        };
        return new PatchProposal(named > 0 ? quoted > 0 ? "code-names-and-strings" : "code-names" : "code-strings", said, edits.Edits);

        void Walk(IReadOnlyList<TextPiece> pieces, CodeText text)
        {
            for (int i = 0; i < pieces.Count; i++)
            {
                var piece = pieces[i];
                if (piece.Kind == PieceKind.Choice)
                {
                    var ways = piece.Branches!.Select(_ => text.Copy()).ToList();
                    for (int b = 0; b < ways.Count; b++) Walk(piece.Branches![b], ways[b]);
                    text.Join(ways);
                    continue;
                }

                if (piece.Kind == PieceKind.Hole && ReferenceEquals(piece.File, file))
                {
                    if (Element(piece.Node) is { HasValue: true } element)
                    {
                        Walk(new TextBuilder(file).Take(element), text);
                        continue;
                    }

                    var place = text.Place(i + 1 < pieces.Count ? pieces[i + 1].Text ?? "" : "");
                    if (place == CodePlace.Name) Name(piece.Node);
                    else if (place != CodePlace.Open) Quote(piece.Node, place);
                }

                if (piece.Text is { } known) text.Read(known);
                else text.Skip();
            }
        }

        void Name(SyntaxNode value)
        {
            if (!done.Add(value.Index)) return;
            named++;
            edits.Replace(file, value, $"{helpers.Function(file, "nameInCode", "name", "string", $"if (!/^[\\w$\\s,]*$/.test(name)) throw new TypeError({file.Style.Literal("Not a name: ")} + name);", "return name;")}({value.Text})");
        }

        void Quote(SyntaxNode value, CodePlace place)
        {
            var inner = Subject(value);
            if (!done.Add(inner.Index)) return;
            quoted++;
            if (Escaping(file, inner, place) is { HasValue: true } call)
            {
                // Quotes are escaped already: a backslash before one would escape that.
                var arguments = Js.Arguments(call);
                edits.Replace(file, arguments[0], place switch { CodePlace.DoubleQuoted => "/[\"\\\\]/g", CodePlace.SingleQuoted => "/['\\\\]/g", _ => "/[`$\\\\]/g" });
                edits.Replace(file, arguments[1], file.Style.Literal("\\$&"));
                return;
            }

            string text = inner.Text;
            edits.Replace(file, inner, place switch
            {
                CodePlace.DoubleQuoted => $"JSON.stringify(String({text})).slice(1, -1)",
                CodePlace.SingleQuoted => $"JSON.stringify(String({text})).slice(1, -1).replace(/'/g, \"\\\\'\")",
                _ => $"String({text}).replace(/[`$\\\\]/g, {file.Style.Literal("\\$&")})",
            });
        }
    }

    // The text that is made of each element of a list: list.map(f), list.map(f).join(separator).
    private static SyntaxNode Element(SyntaxNode list)
    {
        var call = Js.Unwrap(list);
        if (Method(call, "join") is { HasValue: true } joined) call = Js.Unwrap(joined);
        return Method(call, "map").HasValue && Js.Arguments(call) is [var by, ..] && Js.IsFunction(by) ? TextBuilder.Returned(by) : default;
    }

    // The object whose method is called; no node where it is another.
    private static SyntaxNode Method(SyntaxNode call, string name) =>
        call.Kind == "call_expression" && Js.Unwrap(call.Field("function")) is { Kind: "member_expression" } method && method.Field("property").Text == name ? method.Field("object") : default;

    // Where parts of a text are replaced by code, the text is what is escaped.
    private static SyntaxNode Subject(SyntaxNode value)
    {
        for (int i = 0; i < MaxDepth; i++)
        {
            var call = Js.Unwrap(value);
            if (Method(call, "replace") is not { HasValue: true } text || Js.Arguments(call) is not [_, var by] || !Js.IsFunction(by)) break;
            value = text;
        }

        return value;
    }

    // text.replace(/"/g, '\\"'), here or where the name gets its value.
    private static SyntaxNode Escaping(JsFile file, SyntaxNode value, CodePlace place)
    {
        value = Js.Unwrap(value);
        if (value.Kind == "identifier" && file.Names.Values(value.Text, value) is [var only]) value = Js.Unwrap(only);
        if (!Method(value, "replace").HasValue || Js.Arguments(value) is not [var what, var by]) return default;
        string quote = place switch { CodePlace.DoubleQuoted => "\"", CodePlace.SingleQuoted => "'", _ => "`" };
        return what.Kind == "regex" && what.Field("pattern").Text == quote && what.Field("flags").Text == "g" && Js.StringValue(by) == "\\" + quote ? value : default;
    }
}
