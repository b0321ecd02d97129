using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Pug (Jade), line by line: <c>tag!= raw</c>, <c>!{raw}</c>, <c>attribute!=raw</c>.</summary>
internal sealed partial class PugReader(SourceFile file)
{
    private const int LongestLine = 4000;
    private readonly TemplateScope _scope = new();
    private readonly List<RawOutput> _outputs = [];

    public TemplateFile Read()
    {
        for (var start = 0; start < file.Text.Length;)
        {
            var end = file.Text.IndexOf('\n', start);
            if (end < 0) end = file.Text.Length;
            if (end - start < LongestLine) Line(start, file.Text[start..end].TrimEnd('\r'));
            start = end + 1;
        }
        return new TemplateFile(file, _outputs, _scope.Parts);
    }

    private void Line(int start, string line)
    {
        var said = line.TrimStart();
        start += line.Length - said.Length;
        if (said.StartsWith("//", StringComparison.Ordinal)) return;
        if (Each().Match(said) is { Success: true } each)
        {
            if (_scope.Values(each.Groups["of"].Value) is [var list, ..]) _scope.Bind(each.Groups["name"].Value, [.. list, RawOutput.AnyElement]);
            return;
        }
        if (Part().Match(said) is { Success: true } part)
        {
            _scope.Parts.Add(part.Groups["name"].Value.Trim());
            return;
        }
        if (said[..Math.Min(1, said.Length)] == "-")
        {
            _scope.Statement(said[1..]);
            return;
        }
        if (Buffered().Match(said) is { Success: true } tag) Add(start + tag.Groups["mark"].Index, start + said.Length, tag.Groups["value"].Value);
        else foreach (Match a in Attribute().Matches(said)) Add(start + a.Index + 1, start + a.Index + a.Length, a.Groups["value"].Value);
        for (var at = said.IndexOf("!{", StringComparison.Ordinal); at >= 0; at = said.IndexOf("!{", at + 2, StringComparison.Ordinal))
        {
            var end = said.IndexOf('}', at);
            if (end < 0) break;
            if (at == 0 || said[at - 1] != '\\') Add(start + at, start + end + 1, said[(at + 2)..end]);
        }
    }

    private void Add(int start, int end, string expression)
    {
        if (_scope.Values(expression) is { Count: > 0 } values) _outputs.Add(new RawOutput(start, end, values));
    }

    [GeneratedRegex(@"^(?:each|for)\s+(?<name>[\w$]+)\s*(?:,\s*[\w$]+\s*)?\s+(?:in|of)\s+(?<of>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Each();
    [GeneratedRegex(@"^(?:include|extends|extend)\s+(?<name>\S+)\s*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Part();
    [GeneratedRegex(@"^(?:[\w#.:-]*)(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?<mark>!=)(?<value>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Buffered();
    [GeneratedRegex(@"[\s(,](?:[\w-]+)!=\s*(?<value>[\w$.\[\]]+)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Attribute();
}
