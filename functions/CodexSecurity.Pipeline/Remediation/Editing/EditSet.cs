using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Collects the edits of one proposal. Two edits may not overlap; insertions at one place keep their order.</summary>
internal sealed class EditSet
{
    private readonly List<FileEdit> _edits = [];

    public IReadOnlyList<FileEdit> Edits => [.. _edits.OrderBy(e => e.Path, StringComparer.Ordinal).ThenBy(e => e.Start).ThenBy(e => e.End)];

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(JsFile file, int start, int end, string text)
    {
        var edit = new FileEdit(file.Path, start, end, text);
        if (!_edits.Contains(edit)) _edits.Add(edit);
    }

    public void Replace(JsFile file, SyntaxNode node, string text) => Replace(file, node.Start, node.End, text);

    public void Insert(JsFile file, int at, string text) => Replace(file, at, at, text);

    /// <summary>True where no two edits touch the same text.</summary>
    public bool IsSound
    {
        get
        {
            var ordered = Edits;
            for (var i = 1; i < ordered.Count; i++)
            {
                if (ordered[i].Path == ordered[i - 1].Path && ordered[i].Start < ordered[i - 1].End) return false;
            }
            return true;
        }
    }

    /// <summary>
    /// Puts lines before a statement, in its indentation; a leading tab in a line stands for one more level. A lone body gets braces;
    /// on a crowded line they are put in front, separated by spaces.
    /// </summary>
    public void InsertBefore(JsFile file, SyntaxNode statement, IReadOnlyList<string> lines)
    {
        var style = file.Style;
        if (Js.IsLoneBody(statement))
        {
            var outer = file.IndentAt(statement.Parent.Start);
            var inner = outer + style.Indent;
            Insert(file, statement.Start, "{" + style.NewLine + string.Concat(lines.Select(l => Line(l, inner, style) + style.NewLine)) + inner);
            Insert(file, statement.End, style.NewLine + outer + "}");
            return;
        }
        if (file.IsFirstOnLine(statement.Start))
        {
            var indent = file.IndentAt(statement.Start);
            Insert(file, file.LineStart(statement.Start), string.Concat(lines.Select(l => Line(l, indent, style) + style.NewLine)));
            return;
        }
        Insert(file, statement.Start, string.Concat(lines.Select(l => Joined(l) + " ")));
    }

    /// <summary>Puts lines behind a statement, in its indentation.</summary>
    public void InsertAfter(JsFile file, SyntaxNode statement, IReadOnlyList<string> lines)
    {
        var style = file.Style;
        var rest = statement.End;
        while (rest < file.Text.Length && file.Text[rest] is ' ' or '\t' or ';') rest++;
        var comment = rest + 1 < file.Text.Length && file.Text[rest] == '/' && file.Text[rest + 1] == '/';
        if (comment) while (rest < file.Text.Length && file.Text[rest] is not ('\n' or '\r')) rest++;
        var ends = rest >= file.Text.Length || file.Text[rest] is '\n' or '\r';
        if (Js.IsLoneBody(statement))
        {
            var outer = file.IndentAt(statement.Parent.Start);
            Insert(file, statement.Start, "{" + style.NewLine + outer + style.Indent);
            Insert(file, statement.End, style.NewLine + string.Concat(lines.Select(l => Line(l, outer + style.Indent, style) + style.NewLine)) + outer + "}");
        }
        else if (ends)
        {
            var indent = file.IndentAt(statement.Start);
            Insert(file, comment ? rest : statement.End, string.Concat(lines.Select(l => style.NewLine + Line(l, indent, style))));
        }
        else Insert(file, statement.End, string.Concat(lines.Select(l => " " + Joined(l))));
    }

    /// <summary>Puts lines at the start of a function's body; an expression body becomes a block.</summary>
    public void InsertAtStart(JsFile file, SyntaxNode function, IReadOnlyList<string> lines)
    {
        var (body, style) = (function.Field("body"), file.Style);
        if (body.Kind != "statement_block") { OpenArrow(file, body, lines); return; }
        foreach (var child in body.NamedChildren)
        {
            if (child.IsExtra || IsDirective(child)) continue;
            InsertBefore(file, child, lines);
            return;
        }
        var outer = file.IndentAt(function.Start);
        Insert(file, body.End - 1, style.NewLine + string.Concat(lines.Select(l => Line(l, outer + style.Indent, style) + style.NewLine)) + outer);
    }

    /// <summary>Turns an arrow function's expression body into a block that begins with the lines.</summary>
    public void OpenArrow(JsFile file, SyntaxNode body, IReadOnlyList<string> lines)
    {
        var style = file.Style;
        var outer = file.IndentAt(body.Parent.Start);
        var inner = outer + style.Indent;
        Insert(file, body.Start, "{" + style.NewLine + string.Concat(lines.Select(l => Line(l, inner, style) + style.NewLine)) + inner + "return ");
        Insert(file, body.End, style.End + style.NewLine + outer + "}");
    }

    public static bool IsDirective(SyntaxNode statement) => statement.Kind == "expression_statement" && Js.FirstNamed(statement).Kind == "string" && statement.NamedChildCount == 1;

    private static string Line(string line, string indent, CodeStyle style)
    {
        var levels = 0;
        while (levels < line.Length && line[levels] == '\t') levels++;
        return line.Length == 0 ? "" : indent + string.Concat(Enumerable.Repeat(style.Indent, levels)) + line[levels..];
    }

    // A line that ends without a semicolon before the next one starts would need one.
    private static string Joined(string line)
    {
        line = line.TrimStart('\t');
        return line.Length == 0 || line[^1] is '{' or '}' or ';' ? line : line + ";";
    }
}
