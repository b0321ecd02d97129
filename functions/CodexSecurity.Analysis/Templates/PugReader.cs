using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Pug (Jade), line by line: <c>tag!= raw</c>, <c>!{raw}</c>, <c>attribute!=raw</c>.</summary>
internal sealed partial class PugReader(SourceFile file)
{
    private const int LongestLine = 4000, NoScript = int.MaxValue;
    private readonly TemplateScope _scope = new();
    private readonly List<RawOutput> _outputs = [];
    // How far the script is indented whose lines are read.
    private int _script = NoScript;

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
        var indent = line.Length - said.Length;
        start += indent;
        if (said.Length > 0 && indent <= _script) _script = NoScript;
        if (_script != NoScript)
        {
            Marked(start, said, "#{", OutputPlace.Script);
            Marked(start, said, "!{", OutputPlace.Text);
            return;
        }
        if (Script().Match(said) is { Success: true } script && PageAddresses.IsRun(Type().Match(script.Value).Groups["type"].Value))
        {
            _script = indent;
            Marked(start, said, "#{", OutputPlace.Script);
        }
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
        if (Buffered().Match(said) is { Success: true } tag) Add(start + tag.Groups["mark"].Index, start + said.Length, tag.Groups["value"].Value, OutputPlace.Text);
        else foreach (Match a in Attribute().Matches(said)) Add(start + a.Index + 1, start + a.Index + a.Length, a.Groups["value"].Value, OutputPlace.Text);
        if (Address().Match(said) is { Success: true } address && PageAddresses.IsFollowed(address.Groups["element"].Value, address.Groups["name"].Value))
            Add(start + address.Groups["name"].Index, start + address.Groups["value"].Index + address.Groups["value"].Length, address.Groups["value"].Value, OutputPlace.Address);
        Marked(start, said, "!{", OutputPlace.Text);
    }

    // In a script what is encoded for HTML counts as well, unless it stands in quotes.
    private void Marked(int start, string said, string mark, OutputPlace place)
    {
        for (var at = said.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = said.IndexOf(mark, at + 2, StringComparison.Ordinal))
        {
            var end = said.IndexOf('}', at);
            if (end < 0) break;
            if ((at == 0 || said[at - 1] != '\\') && (place == OutputPlace.Text || !OutputPlaces.IsQuoted(said, at))) Add(start + at, start + end + 1, said[(at + 2)..end], place);
        }
    }

    private void Add(int start, int end, string expression, OutputPlace place)
    {
        if (_scope.Values(expression) is { Count: > 0 } values) _outputs.Add(new RawOutput(start, end, values, place));
    }

    [GeneratedRegex(@"^(?:each|for)\s+(?<name>[\w$]+)\s*(?:,\s*[\w$]+\s*)?\s+(?:in|of)\s+(?<of>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Each();
    [GeneratedRegex(@"^(?:include|extends|extend)\s+(?<name>\S+)\s*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Part();
    [GeneratedRegex(@"^(?:[\w#.:-]*)(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?<mark>!=)(?<value>.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Buffered();
    [GeneratedRegex(@"^script(?:\(.*\))?(?:\.|\s|$)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Script();
    [GeneratedRegex("""[\s(,]type\s*=\s*["'](?<type>[^"']*)""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Type();
    [GeneratedRegex(@"^(?<element>[\w-]+)[\w#.-]*\((?:.*[\s,(])?(?<name>href|src|action|formaction)\s*=\s*(?<value>[A-Za-z_$][\w$.\[\]]*)\s*[,)\s]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Address();
    [GeneratedRegex(@"[\s(,](?:[\w-]+)!=\s*(?<value>[\w$.\[\]]+)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Attribute();
}
