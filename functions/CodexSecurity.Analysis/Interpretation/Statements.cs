using System.Text.RegularExpressions;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Texts that are statements of SQL by how they begin: what they are handed to runs them, whichever library it is of.</summary>
internal static class Statements
{
    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal)
    {
        "query", "execute", "exec", "run", "all", "get", "each", "raw", "prepare", "unsafe", "one", "oneOrNone", "many", "manyOrNone", "any", "none", "sql", "statement", "executeQuery", "executeSql", "runQuery", "rawQuery", "queryRaw", "executeRaw",
        "$queryRawUnsafe", "$executeRawUnsafe", "selectAll", "fetchAll", "fetchOne", "getAll", "getOne", "doQuery", "queryOne", "queryAll", "batch", "simpleQuery",
    };

    private static readonly Regex Begin = new(@"^[\s(]*(select\s[^;]*\sfrom\s|insert\s+(ignore\s+)?into\s|replace\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|drop|alter|truncate)\s+(table|database|user|view|index)\s|merge\s+into\s|with\s+\w+\s+as\s*\()",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Whether a method of this name is one that runs a statement, and the text begins as one and goes on with what an attacker chose.</summary>
    public static bool Runs(string method, AbstractValue text) => text.HasLabels && text.Text is [{ Literal: { Length: > 6 } first }, ..] && Methods.Contains(method) && Begin.IsMatch(first);
}
