using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Nunjucks, Swig and Twig, which encode unless a filter or block says otherwise: <c>{{ raw|safe }}</c>; and Liquid, which does not encode.</summary>
internal sealed partial class JinjaReader(SourceFile file, bool encodes)
{
    private static readonly string[] Harmless = ["e", "length", "size", "count", "date", "number", "abs", "round", "money", "forceescape", "json_script"];
    private readonly TemplateScope _scope = new();
    private readonly OutputPlaces _places = new(file.Text, ("{{", "}}"), ("{%", "%}"));
    private readonly List<RawOutput> _outputs = [];
    private readonly Stack<bool> _blocks = new();

    public TemplateFile Read()
    {
        var text = file.Text;
        for (var at = text.IndexOf('{', StringComparison.Ordinal); at >= 0 && at + 1 < text.Length; at = text.IndexOf('{', at + 1))
        {
            var close = text[at + 1] switch { '{' => "}}", '%' => "%}", '#' => "#}", _ => "" };
            if (close.Length == 0) continue;
            var end = text.IndexOf(close, at + 2, StringComparison.Ordinal);
            if (end < 0) break;
            var inner = text[(at + 2)..end].Trim('-').Trim();
            if (close == "}}") Show(at, end + 2, inner);
            else if (close == "%}") Statement(inner);
            at = end + 1;
        }
        return new TemplateFile(file, _outputs, _scope.Parts);
    }

    private void Show(int at, int end, string expression)
    {
        var pieces = Filters(expression);
        var raw = _blocks.TryPeek(out var on) ? !on : !encodes;
        foreach (var filter in pieces.Skip(1))
        {
            var name = filter.Split('(', ':')[0].Trim();
            if (name is "safe" or "raw") raw = true;
            else if (Array.IndexOf(Harmless, name) >= 0 || TemplateScope.Cleans(name)) return;
        }
        var place = raw ? OutputPlace.Text : _places.Of(at);
        if ((raw || place != OutputPlace.Text) && _scope.Values(pieces[0]) is { Count: > 0 } values) _outputs.Add(new RawOutput(at, end, values, place));
    }

    private static List<string> Filters(string expression)
    {
        var pieces = new List<string>();
        var (start, quote) = (0, '\0');
        for (var i = 0; i < expression.Length; i++)
        {
            var c = expression[i];
            if (quote != '\0') { if (c == quote) quote = '\0'; }
            else if (c is '\'' or '"') quote = c;
            else if (c == '|' && (i + 1 >= expression.Length || expression[i + 1] != '|') && (i == 0 || expression[i - 1] != '|')) { pieces.Add(expression[start..i]); start = i + 1; }
        }
        pieces.Add(expression[start..]);
        return pieces;
    }

    private void Statement(string code)
    {
        if (For().Match(code) is { Success: true } loop)
        {
            if (_scope.Values(Filters(loop.Groups["of"].Value)[0]) is [var list, ..]) _scope.Bind(loop.Groups["name"].Value, [.. list, RawOutput.AnyElement]);
        }
        else if (Set().Match(code) is { Success: true } set)
        {
            if (_scope.Values(Filters(set.Groups["of"].Value)[0]) is [var value, ..]) _scope.Bind(set.Groups["name"].Value, value);
        }
        else if (Part().Match(code) is { Success: true } part)
        {
            _scope.Parts.Add(part.Groups["name"].Value);
        }
        else if (code.StartsWith("autoescape", StringComparison.Ordinal))
        {
            _blocks.Push(!(code.Contains("false", StringComparison.Ordinal) || code.Contains("off", StringComparison.Ordinal)));
        }
        else if (code.StartsWith("endautoescape", StringComparison.Ordinal))
        {
            _blocks.TryPop(out _);
        }
    }

    [GeneratedRegex(@"^for\s+(?:[\w$]+\s*,\s*)?(?<name>[\w$]+)\s+in\s+(?<of>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline)] private static partial Regex For();
    [GeneratedRegex(@"^(?:set|assign)\s+(?<name>[\w$]+)\s*=\s*(?<of>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline)] private static partial Regex Set();
    [GeneratedRegex("""^(?:include|extends|import|render)\s+["'](?<name>[^"']+)["']""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Part();
}
