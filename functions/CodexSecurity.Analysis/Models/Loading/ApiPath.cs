namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>Notation of callables in YAML: an api path with alternatives in braces, "fs.{readFile,readFileSync}".</summary>
internal static class ApiPath
{
    /// <summary>The paths that a notation stands for; null with a reason where it is malformed.</summary>
    public static IReadOnlyList<string>? Expand(string notation, out string error)
    {
        error = "";
        var results = new List<string> { "" };
        for (var i = 0; i < notation.Length; i++)
        {
            var c = notation[i];
            if (c == '{')
            {
                var end = notation.IndexOf('}', i);
                if (end < 0) { error = $"\"{notation}\": a brace is not closed"; return null; }
                var choices = notation[(i + 1)..end].Split(',');
                if (choices.Any(x => x.Contains('{', StringComparison.Ordinal))) { error = $"\"{notation}\": malformed alternatives"; return null; }
                results = [.. results.SelectMany(r => choices.Select(x => r + x))];
                i = end;
            }
            else
            {
                for (var r = 0; r < results.Count; r++) results[r] += c;
            }
        }
        foreach (var path in results)
        {
            if (!IsValid(path)) { error = $"\"{path}\" is no api path"; return null; }
        }
        return results;
    }

    /// <summary>A specifier or global, then ".name" and "()" parts; "new " may stand before it.</summary>
    private static bool IsValid(string path)
    {
        var rest = path.StartsWith("new ", StringComparison.Ordinal) ? path[4..] : path;
        if (rest.Length == 0 || rest[0] is '.' or '(' or ')' || rest[^1] is '.' or '(') return false;
        for (var i = 0; i < rest.Length; i++)
        {
            var c = rest[i];
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '-' or '/' or '@' or '*') continue;
            if (c == '.' && i + 1 < rest.Length && rest[i + 1] is not ('.' or '(')) continue;
            if (c == '(' && i + 1 < rest.Length && rest[i + 1] == ')') { i++; continue; }
            return false;
        }
        return true;
    }
}
