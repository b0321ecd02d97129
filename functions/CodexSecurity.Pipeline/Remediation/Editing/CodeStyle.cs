using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>How a file is written, so that what is added looks the same.</summary>
/// <param name="Quote">The usual quote.</param>
/// <param name="Semicolons">Statements end with a semicolon.</param>
/// <param name="Indent">One level.</param>
/// <param name="NewLine">Line end.</param>
/// <param name="Modern">Uses const, let or arrow functions.</param>
/// <param name="Modules">Uses import statements.</param>
internal sealed record CodeStyle(char Quote, bool Semicolons, string Indent, string NewLine, bool Modern, bool Modules)
{
    public string End => Semicolons ? ";" : "";

    public string Const => Modern ? "const" : "var";

    /// <summary>A string literal in the file's quotes.</summary>
    public string Literal(string value) => Literal(value, Quote);

    /// <summary>A string literal in given quotes; changes to the other quote where that saves escapes.</summary>
    public static string Literal(string value, char quote)
    {
        if (value.Contains(quote) && !value.Contains(quote == '\'' ? '"' : '\'')) quote = quote == '\'' ? '"' : '\'';
        return quote + Escape(value, quote) + quote;
    }

    /// <summary>Text as it stands between quotes (or backquotes).</summary>
    public static string Escape(string value, char quote)
    {
        var text = new System.Text.StringBuilder(value.Length + 4);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' || c == quote || (quote == '`' && c == '$' && i + 1 < value.Length && value[i + 1] == '{')) text.Append('\\').Append(c);
            else if (c == '\n') text.Append(quote == '`' ? "\n" : "\\n");
            else if (c == '\r') text.Append("\\r");
            else if (c == '\t') text.Append("\\t");
            else if (c is < ' ' or '\u2028' or '\u2029') text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else text.Append(c);
        }
        return text.ToString();
    }

    public static CodeStyle Detect(SyntaxTree tree)
    {
        var text = tree.File.Text;
        int single = 0, twice = 0, ended = 0, open = 0, modern = 0, imports = 0;
        for (var i = 0; i < tree.Count; i++)
        {
            var n = tree[i];
            switch (n.Kind)
            {
                case "string" when n.IsNamed: if (text[n.Start] == '"') twice++; else single++; break;
                case "expression_statement" or "return_statement" or "lexical_declaration" or "variable_declaration":
                    if (n.End > n.Start && text[n.End - 1] == ';') ended++; else open++;
                    if (n.Kind == "lexical_declaration") modern++;
                    break;
                case "arrow_function": modern++; break;
                case "import_statement": imports++; break;
            }
        }
        return new CodeStyle(twice > single ? '"' : '\'', ended >= open, IndentUnit(text), Lines(text), modern > 0 || imports > 0, imports > 0);
    }

    private static string Lines(string text)
    {
        int crlf = 0, lf = 0;
        for (var i = 0; i < text.Length; i++) if (text[i] == '\n') { if (i > 0 && text[i - 1] == '\r') crlf++; else lf++; }
        return crlf > lf ? "\r\n" : "\n";
    }

    // The commonest step from one line's indentation to a deeper one's; comments that continue with an asterisk don't count.
    private static string IndentUnit(string text)
    {
        var steps = new SortedDictionary<int, int>();
        int tabs = 0, last = 0, spaced = 0;
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.AsSpan().TrimStart();
            if (trimmed.Length == 0 || trimmed[0] == '*') continue;
            var lead = line.Length - trimmed.Length;
            if (lead > 0 && line[0] == '\t') { tabs++; continue; }
            if (lead > 0) spaced++;
            if (lead > last && lead - last <= 8) steps[lead - last] = steps.GetValueOrDefault(lead - last) + 1;
            last = lead;
        }
        if (tabs > spaced) return "\t";
        var best = steps.Where(s => s.Key > 1).OrderByDescending(s => s.Value).ThenBy(s => s.Key).Select(s => s.Key).FirstOrDefault();
        return new string(' ', best == 0 ? 2 : best);
    }
}
