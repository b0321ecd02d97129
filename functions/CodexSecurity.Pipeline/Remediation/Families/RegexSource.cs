using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>A regular expression as it is written: one literal, or a call of RegExp with a text that is put together of several.</summary>
/// <param name="File">The file.</param>
/// <param name="Value">The literal, or the call.</param>
/// <param name="Parts">What its source is put together of.</param>
internal sealed record RegexSource(JsFile File, SyntaxNode Value, IReadOnlyList<RegexSourcePart> Parts)
{
    private const int MaxDepth = 8, MaxLength = 2000;

    /// <summary>The expression that a node makes; null for other nodes, and where a part of its source is not known.</summary>
    public static RegexSource? Read(JsFile file, SyntaxNode n)
    {
        if (n.Kind == "regex") return new RegexSource(file, n, [new RegexSourcePart(n.Field("pattern"), n.Field("pattern").Text)]);
        if (n.Kind is not ("new_expression" or "call_expression") || (n.Kind == "new_expression" ? n.Field("constructor") : n.Field("function")).Text != "RegExp" || Js.Arguments(n) is not [var source, ..]) return null;
        var parts = new List<RegexSourcePart>();
        return Add(file, source, parts, 0) && parts.Count > 0 ? new RegexSource(file, n, parts) : null;
    }

    /// <summary>The source as a whole.</summary>
    public string Pattern => string.Concat(Parts.Select(p => p.Text));

    /// <summary>Edits that give the expression another source, each part where it is written; null where what stands between parts would have to change.</summary>
    public EditSet? Rewritten(string pattern)
    {
        var edits = new EditSet();
        if (Parts is [var only])
        {
            Replace(only, pattern);
            return edits;
        }

        string old = Pattern;
        if (old.Length > MaxLength || pattern.Length > MaxLength) return null;
        var ends = Ends(old, pattern);
        int at = 0;
        foreach (var part in Parts)
        {
            string now = pattern[ends[at]..ends[at + part.Text.Length]];
            at += part.Text.Length;
            if (now == part.Text) continue;
            if (!part.Node.HasValue) return null;
            Replace(part, now);
        }

        return edits;

        void Replace(RegexSourcePart part, string text) =>
            edits.Replace(File, part.Node, part.Node.Kind is "string" or "template_string" ? CodeStyle.Literal(text, File.Text[part.Node.Start] == '"' ? '"' : '\'') : text);
    }

    // For each place of one text the place of another up to which both go together: by their longest common subsequence.
    private static int[] Ends(string old, string now)
    {
        var longest = new int[old.Length + 1, now.Length + 1];
        for (int i = old.Length - 1; i >= 0; i--)
            for (int j = now.Length - 1; j >= 0; j--) longest[i, j] = old[i] == now[j] ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
        var ends = new int[old.Length + 1];
        for (int i = 0, j = 0; i < old.Length; i++)
        {
            while (j < now.Length && old[i] != now[j] && longest[i, j + 1] >= longest[i + 1, j]) j++;
            if (j < now.Length && old[i] == now[j]) j++;
            ends[i + 1] = j;
        }

        ends[^1] = now.Length;
        return ends;
    }

    private static bool Add(JsFile file, SyntaxNode n, List<RegexSourcePart> parts, int depth)
    {
        n = Js.Unwrap(n);
        if (depth > MaxDepth) return false;
        switch (n.Kind)
        {
            case "string" or "template_string":
                if (Js.StringValue(n) is not { } text) return false;
                parts.Add(new RegexSourcePart(n, text));
                return true;
            case "binary_expression":
                return Js.IsConcatenation(n) && Add(file, n.Field("left"), parts, depth + 1) && Add(file, n.Field("right"), parts, depth + 1);
            case "identifier":
                return file.Names.Values(n.Text, n) is [var only] && Add(file, only, parts, depth + 1);
            case "member_expression":
                var regex = Js.Unwrap(n.Field("object"));
                if (regex.Kind == "identifier" && file.Names.Values(regex.Text, regex) is [var named]) regex = Js.Unwrap(named);
                if (n.Field("property").Text != "source" || regex.Kind != "regex") return false;
                parts.Add(new RegexSourcePart(regex.Field("pattern"), regex.Field("pattern").Text));
                return true;
            case "call_expression":
                return Js.Unwrap(n.Field("function")) is { Kind: "member_expression" } method && method.Field("property").Text == "join" && Js.Arguments(n) is [var by] && Js.StringValue(by) is { } separator
                    && Elements(file, method.Field("object")) is { } elements && Join(separator, elements);
            default:
                return false;
        }

        bool Join(string separator, List<SyntaxNode> elements)
        {
            for (int i = 0; i < elements.Count; i++)
            {
                if (i > 0 && separator.Length > 0) parts.Add(new RegexSourcePart(default, separator));
                if (!Add(file, elements[i], parts, depth + 1)) return false;
            }

            return true;
        }
    }

    private static List<SyntaxNode>? Elements(JsFile file, SyntaxNode list)
    {
        list = Js.Unwrap(list);
        if (list.Kind == "identifier" && file.Names.Resolve(list) is { } binding && file.Names.Uses(binding).Count() == 1) list = Js.Unwrap(binding.Value);
        return list.Kind == "array" ? [.. list.NamedChildren.ToList().Where(c => !c.IsExtra)] : null;
    }
}

/// <summary>A part of a regular expression's source.</summary>
/// <param name="Node">Where it is written: a string, or the pattern of a literal; no node for what joins the others.</param>
/// <param name="Text">Its text.</param>
internal readonly record struct RegexSourcePart(SyntaxNode Node, string Text);
