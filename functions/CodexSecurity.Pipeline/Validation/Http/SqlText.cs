namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>What of a statement is code: everything but strings, quoted names and comments.</summary>
public static class SqlText
{
    /// <summary>The statement with strings, quoted names and comments as single spaces.</summary>
    /// <param name="sql">A statement.</param>
    /// <param name="backslash">Whether a backslash escapes inside strings (MySQL).</param>
    public static string Code(string sql, bool backslash)
    {
        var code = new System.Text.StringBuilder(sql.Length);
        for (int i = 0; i < sql.Length; i++)
        {
            char c = sql[i];
            if (c is '\'' or '"' or '`')
            {
                i = EndOfQuote(sql, i, backslash);
                code.Append(' ');
            }
            else if (c == '-' && Next(sql, i) == '-' || c == '#' && backslash)
            {
                int end = sql.IndexOf('\n', i);
                i = end < 0 ? sql.Length : end;
                code.Append(' ');
            }
            else if (c == '/' && Next(sql, i) == '*')
            {
                int end = sql.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? sql.Length : end + 1;
                code.Append(' ');
            }
            else
            {
                code.Append(c);
            }
        }

        return code.ToString();
    }

    private static char Next(string text, int i) => i + 1 < text.Length ? text[i + 1] : '\0';

    private static int EndOfQuote(string sql, int start, bool backslash)
    {
        char quote = sql[start];
        for (int i = start + 1; i < sql.Length; i++)
        {
            if (sql[i] == '\\' && backslash && quote != '`') i++;
            else if (sql[i] == quote && Next(sql, i) == quote) i++;
            else if (sql[i] == quote) return i;
        }

        return sql.Length;
    }
}
