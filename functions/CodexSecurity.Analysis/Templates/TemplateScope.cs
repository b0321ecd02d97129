using System.Text.RegularExpressions;

namespace CodexSecurity.Analysis.Templates;

/// <summary>
/// Which of the values that a template is handed an expression shows, read from its text: what names a value counts, what a call whose name says that it
/// cleans returns does not. Names of loops and variables stand for what they were made of; they hold to the end of the template.
/// </summary>
internal sealed partial class TemplateScope
{
    private const int MaxDepth = 12, MaxValues = 24;
    private static readonly HashSet<string> NoValues = new(StringComparer.Ordinal)
    {
        "true", "false", "null", "undefined", "typeof", "new", "in", "of", "if", "else", "for", "while", "function", "return", "this", "var", "let", "const", "not", "and", "or", "is",
        "JSON", "Math", "Object", "String", "Array", "Date", "console", "Number", "Boolean", "process", "loop", "forloop", "await", "async",
    };
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "toString", "trim", "slice", "substr", "substring", "toUpperCase", "toLowerCase", "concat", "join", "replace", "replaceAll", "split", "reverse", "padStart", "padEnd", "repeat", "valueOf", "sort", "filter",
    };
    private static readonly HashSet<string> Each = new(StringComparer.Ordinal) { "forEach", "map", "each", "flatMap" };
    private static readonly HashSet<string> Element = new(StringComparer.Ordinal) { "find", "pop", "shift", "at", "findLast" };
    private static readonly string[] Cleaning = ["escape", "encode", "sanitiz", "sanitis", "purify", "clean", "striptags", "xss", "parseint", "parsefloat", "number", "csrf", "serialize", "jsesc", "devalue"];
    private readonly Dictionary<string, IReadOnlyList<string>> _names = new(StringComparer.Ordinal);

    /// <summary>Names of templates that the expressions take in.</summary>
    public List<string> Parts { get; } = [];

    /// <summary>A name stands for a value from here on.</summary>
    public void Bind(string name, IReadOnlyList<string> value) => _names[name] = value;

    /// <summary>A function or filter of that name returns nothing that is markup.</summary>
    public static bool Cleans(string name)
    {
        if (name.StartsWith("un", StringComparison.OrdinalIgnoreCase) || name.Contains("decode", StringComparison.OrdinalIgnoreCase)) return false;
        return Array.Exists(Cleaning, c => name.Contains(c, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What a name with its fields stands for.</summary>
    public IReadOnlyList<string> Resolve(IReadOnlyList<string> path)
    {
        if (path[0] is "locals" or "it" && path.Count > 1 && !_names.ContainsKey(path[0])) path = [.. path.Skip(1)];
        return _names.TryGetValue(path[0], out var known) ? [.. known, .. path.Skip(1)] : path;
    }

    /// <summary>Reads statements of JavaScript for the names that they make.</summary>
    public void Statement(string code)
    {
        foreach (Match m in Loop().Matches(code)) if (Values(m.Groups["of"].Value) is [var list, ..]) Bind(m.Groups["name"].Value, [.. list, RawOutput.AnyElement]);
        foreach (Match m in Variable().Matches(code)) if (Values(m.Groups["of"].Value) is [var value, ..]) Bind(m.Groups["name"].Value, value);
        // What it shows is nothing here: it is read for the names that its calls make.
        Read(code, 0, code.Length, [], 0, code.Length);
    }

    /// <summary>The values that an expression of JavaScript shows.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Values(string expression)
    {
        var found = new List<IReadOnlyList<string>>();
        // Without "<" no tag begins, and none ends a script.
        if (Replaced().IsMatch(expression)) return found;
        Read(expression, Condition(expression), expression.Length, found, 0, MaxValues);
        return found;
    }

    // Of a ? b : c the condition shows nothing.
    private static int Condition(string text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\'' or '"' or '`') i = Quoted(text, i, text.Length) - 1;
            else if (c is '(' or '[' or '{') depth++;
            else if (c is ')' or ']' or '}') depth--;
            else if (c == '?' && depth == 0 && i + 1 < text.Length && text[i + 1] is not ('.' or '?') && (i == 0 || text[i - 1] != '?')) return i + 1;
        }
        return 0;
    }

    private void Read(string text, int at, int end, List<IReadOnlyList<string>> found, int depth, int most)
    {
        while (at < end && found.Count < most && depth < MaxDepth)
        {
            var c = text[at];
            if (c is '\'' or '"')
            {
                at = Quoted(text, at, end);
            }
            else if (c == '`')
            {
                var close = Quoted(text, at, end);
                for (var i = at; i + 1 < close; i++)
                {
                    if (text[i] != '$' || text[i + 1] != '{') continue;
                    var inner = Closing(text, i + 1, close);
                    Read(text, i + 2, inner, found, depth + 1, most);
                    i = inner;
                }
                at = close;
            }
            else if (IsNameStart(c))
            {
                at = Name(text, at, end, found, depth, most);
            }
            else if (char.IsAsciiDigit(c))
            {
                while (at < end && (IsName(text[at]) || text[at] == '.')) at++;
            }
            else
            {
                at++;
            }
        }
    }

    // A name with its fields and calls; returns where it ends.
    private int Name(string text, int at, int end, List<IReadOnlyList<string>> found, int depth, int most)
    {
        var start = at;
        while (at < end && IsName(text[at])) at++;
        List<string>? path = [text[start..at]];
        // { name: value } names nothing.
        if (depth > 0 && Next(text, at, end, 1) == ':' && Next(text, start - 1, -1, -1) is '{' or ',') return at;
        while (at < end)
        {
            if (text[at] == '?' && at + 1 < end && text[at + 1] == '.') at++;
            if (text[at] == '.' && at + 1 < end && IsNameStart(text[at + 1]))
            {
                start = ++at;
                while (at < end && IsName(text[at])) at++;
                path?.Add(text[start..at]);
            }
            else if (text[at] == '[')
            {
                var close = Closing(text, at, end);
                var inner = text[(at + 1)..Math.Max(at + 1, Math.Min(close, end))].Trim();
                path?.Add(inner is ['\'' or '"', .. var quoted, '\'' or '"'] ? quoted : RawOutput.AnyElement);
                at = Math.Min(close + 1, end);
            }
            else if (text[at] == '(')
            {
                var close = Closing(text, at, end);
                path = Call(text, at + 1, Math.Min(close, end), path, found, depth, most);
                at = Math.Min(close + 1, end);
            }
            else
            {
                break;
            }
        }
        if (path is not null && !NoValues.Contains(path[0]) && path[^1] != "length" && !path[^1].Contains("csrf", StringComparison.OrdinalIgnoreCase)) found.Add(Resolve(path));
        return at;
    }

    // What a call gives as a path of a value; null where it is none.
    private List<string>? Call(string text, int from, int to, List<string>? path, List<IReadOnlyList<string>> found, int depth, int most)
    {
        if (path is null)
        {
            Read(text, from, to, found, depth + 1, most);
            return null;
        }
        var name = path[^1];
        if (path.Count == 1 && name is "include" or "partial" or "layout" or "extend")
        {
            if (from < to && text[from] is '\'' or '"' && Quoted(text, from, to) is var end && end - 1 > from + 1) Parts.Add(text[(from + 1)..(end - 1)]);
            return null;
        }
        if (Cleans(name)) return null;
        if (path.Count > 1 && Kept.Contains(name)) return path[..^1];
        if (path.Count > 1 && Element.Contains(name)) return [.. path[..^1], RawOutput.AnyElement];
        if (path.Count > 1 && Each.Contains(name) && Parameter().Match(text[from..to]) is { Success: true } first)
        {
            Bind(first.Groups["name"].Value, Resolve([.. path[..^1], RawOutput.AnyElement]));
            Read(text, from + first.Length, to, found, depth + 1, most);
            return null;
        }
        Read(text, from, to, found, depth + 1, most);
        return null;
    }

    // The next character that is no white space, in either direction.
    private static char Next(string text, int at, int end, int step)
    {
        while (at != end && char.IsWhiteSpace(text[at])) at += step;
        return at == end ? '\0' : text[at];
    }

    // Behind the text that a quote begins.
    private static int Quoted(string text, int at, int end)
    {
        var quote = text[at++];
        while (at < end && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
        return Math.Min(at + 1, end);
    }

    // Where the bracket is closed, or the end.
    private static int Closing(string text, int at, int end)
    {
        var depth = 0;
        for (; at < end; at++)
        {
            if (text[at] is '\'' or '"' or '`') at = Quoted(text, at, end) - 1;
            else if (text[at] is '(' or '[' or '{') depth++;
            else if (text[at] is ')' or ']' or '}' && --depth == 0) return at;
        }
        return end;
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$';
    private static bool IsName(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    [GeneratedRegex(@"\b(?:let|const|var)\s+(?<name>[\w$]+)\s+of\s+(?<of>[^){;]+)", RegexOptions.CultureInvariant)] private static partial Regex Loop();
    [GeneratedRegex(@"\b(?:let|const|var)\s+(?<name>[\w$]+)\s*=\s*(?<of>[^;\n]+)", RegexOptions.CultureInvariant)] private static partial Regex Variable();
    [GeneratedRegex("""\.replace(?:All)?\(\s*(?:/(?:\\?<|\[[^\]]*<[^\]]*\])/|["']<["'])""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Replaced();
    [GeneratedRegex(@"^\s*(?:function\s*[\w$]*\s*\(\s*(?<name>[\w$]+)[^)]*\)|\(\s*(?<name>[\w$]+)[^)]*\)\s*=>|(?<name>[\w$]+)\s*=>)", RegexOptions.CultureInvariant)] private static partial Regex Parameter();
}
