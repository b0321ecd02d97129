using System.Text;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Splits a command into program and arguments where it needs no shell.</summary>
internal static class ArgumentVector
{
    private static readonly string[] Builtins = ["cd", "source", ".", "export", "alias", "type", "ulimit", "eval", "exec", "set", "unset", "command", "start", "dir", "for", "if", "while"];
    private static readonly string[] TextMethods = ["toString", "trim", "replace", "replaceAll", "slice", "substring", "substr", "toLowerCase", "toUpperCase", "join", "normalize", "resolve", "basename", "dirname", "relative", "format", "concat", "repeat", "padStart"];

    private sealed record Word(List<(string? Text, SyntaxNode Node)> Parts, SyntaxNode List);

    /// <summary>Program and argument list as source text; null where the command needs a shell.</summary>
    public static (string Program, string Arguments)? Split(IReadOnlyList<TextPiece> pieces, JsFile file)
    {
        if (Words(pieces) is not { Count: > 1 } words || words[0].List.HasValue) return null;
        if (words[0].Parts is [(var first, _)] && first is not null && (Builtins.Contains(first) || first.Contains('='))) return null;
        if (words[0].Parts.Any(p => p.Text is null && !Fixedness.IsFixed(file, p.Node)) && words[0].Parts.Count > 1) return null;
        var program = Render(words[0], file);
        var groups = new StringBuilder();
        var spread = words.Skip(1).Any(w => w.List.HasValue);
        if (!spread) return (program, $"[{string.Join(", ", words.Skip(1).Select(w => Render(w, file)))}]");
        if (file.Style.Modern) return (program, $"[{string.Join(", ", words.Skip(1).Select(w => w.List.HasValue ? "..." + w.List.Text : Render(w, file)))}]");
        groups.Append('[').AppendJoin(", ", words.Skip(1).TakeWhile(w => !w.List.HasValue).Select(w => Render(w, file))).Append(']');
        var rest = words.Skip(1).SkipWhile(w => !w.List.HasValue).Select(w => w.List.HasValue ? w.List.Text : Render(w, file));
        return (program, groups.Append($".concat({string.Join(", ", rest)})").ToString());
    }

    private static List<Word>? Words(IReadOnlyList<TextPiece> pieces)
    {
        var words = new List<Word>();
        var parts = new List<(string? Text, SyntaxNode Node)>();
        var literal = new StringBuilder();
        var (open, quoted) = ('\0', false);
        foreach (var piece in pieces)
        {
            if (piece.Kind is PieceKind.Choice) return null;
            if (piece.Kind == PieceKind.Joined)
            {
                if (piece.Text != " " || open != '\0' || literal.Length > 0 || parts.Count > 0) return null;
                words.Add(new Word([], piece.Node));
                continue;
            }
            if (piece.Kind == PieceKind.Hole || (piece.Kind == PieceKind.Fixed && piece.Node.Kind != "call_expression" && (piece.Text is null || IsPlain(piece.Text))) || (piece.Kind == PieceKind.Fixed && piece.Text is null))
            {
                if (piece.Node.Kind is "ternary_expression") return null;
                Flush();
                parts.Add((null, piece.Node));
                continue;
            }
            foreach (var c in piece.Text!)
            {
                if (open != '\0')
                {
                    if (c == open) { open = '\0'; continue; }
                    if (open == '"' && c is '$' or '`' or '\\') return null;
                    literal.Append(c);
                }
                else if (c is ' ' or '\t') End();
                else if (c is '\'' or '"') (open, quoted) = (c, true);
                else if (c is '|' or '&' or ';' or '<' or '>' or '(' or ')' or '$' or '`' or '*' or '?' or '[' or ']' or '{' or '}' or '#' or '~' or '!' or '\n' or '\r' or '\\') return null;
                else literal.Append(c);
            }
        }
        if (open != '\0') return null;
        End();
        return words;

        void Flush()
        {
            if (literal.Length > 0) parts.Add((literal.ToString(), default));
            literal.Clear();
        }

        void End()
        {
            Flush();
            if (parts.Count > 0) words.Add(new Word([.. parts], default));
            else if (quoted) words.Add(new Word([("", default)], default));
            parts.Clear();
            quoted = false;
        }
    }

    private static bool IsPlain(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@' or '%' or '+' or ',' or '=');

    private static string Render(Word word, JsFile file)
    {
        if (word.Parts is [(var only, var node)]) return only is not null ? file.Style.Literal(only) : IsText(file, node, 0) ? node.Text : $"String({node.Text})";
        if (file.Style.Modern && word.Parts.All(p => p.Text is null || !p.Text.Contains('`')) && UsesTemplates(file))
            return "`" + string.Concat(word.Parts.Select(p => p.Text is not null ? CodeStyle.Escape(p.Text, '`') : "${" + p.Node.Text + "}")) + "`";
        var lead = word.Parts[0].Text is null && word.Parts[1].Text is null ? file.Style.Literal("") + " + " : "";
        return lead + string.Join(" + ", word.Parts.Select(p => p.Text is not null ? file.Style.Literal(p.Text) : Operand(p.Node)));
    }

    private static bool UsesTemplates(JsFile file) => file.All().Any(n => n.Kind == "template_substitution");

    private static string Operand(SyntaxNode n) => n.Kind is "ternary_expression" or "binary_expression" or "assignment_expression" or "arrow_function" or "yield_expression" ? $"({n.Text})" : n.Text;

    private static bool IsText(JsFile file, SyntaxNode n, int depth)
    {
        n = Js.Unwrap(n);
        if (depth > 8) return false;
        return n.Kind switch
        {
            "string" or "template_string" => true,
            "binary_expression" => Js.IsConcatenation(n) && (IsText(file, n.Field("left"), depth + 1) || IsText(file, n.Field("right"), depth + 1)),
            "call_expression" => Js.LastName(n.Field("function")) == "String" || (n.Field("function").Kind == "member_expression" && TextMethods.Contains(Js.LastName(n.Field("function")))),
            "identifier" => n.Text is "__dirname" or "__filename" || (file.Names.Values(n.Text, n) is { Count: > 0 } values && values.All(v => IsText(file, v, depth + 1))),
            "member_expression" => n.Text is "process.execPath" or "process.platform",
            _ => false,
        };
    }
}
