using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Handlebars, Mustache and Hogan: <c>{{{raw}}}</c>, <c>{{&amp;raw}}</c>, sections that change what names are looked up in.</summary>
internal sealed class MustacheReader(SourceFile file)
{
    private const int MaxNesting = 12;
    private readonly List<RawOutput> _outputs = [];
    private readonly List<string> _parts = [];
    private readonly TemplateScope _names = new();
    private readonly OutputPlaces _places = new(file.Text, ("{{", "}}"));
    // What names are looked up in, the innermost last; of a section that may be a list or an object both.
    private readonly List<List<IReadOnlyList<string>>> _contexts = [[[]]];

    public TemplateFile Read()
    {
        var text = file.Text;
        for (var at = text.IndexOf("{{", StringComparison.Ordinal); at >= 0; at = text.IndexOf("{{", at, StringComparison.Ordinal))
        {
            var triple = at + 2 < text.Length && text[at + 2] == '{';
            var comment = text.AsSpan(at + 2).TrimStart('~').StartsWith("!--");
            var close = comment ? "--}}" : triple ? "}}}" : "}}";
            var end = text.IndexOf(close, at + 2, StringComparison.Ordinal);
            if (end < 0) break;
            if (!comment) Tag(at, end + close.Length, text[(at + (triple ? 3 : 2))..end].Trim('~').Trim(), triple);
            at = end + close.Length;
        }
        return new TemplateFile(file, _outputs, _parts);
    }

    private void Tag(int at, int end, string tag, bool raw)
    {
        if (tag.Length == 0 || tag == "else" || tag.StartsWith("else ", StringComparison.Ordinal)) return;
        raw |= tag[0] == '&';
        if (raw || (tag[0] is not ('>' or '#' or '^' or '/' or '!' or '=') && _places.Of(at) != OutputPlace.Text))
        {
            if (Shown(tag.TrimStart('&').Trim()) is { Count: > 0 } values) _outputs.Add(new RawOutput(at, end, values, raw ? OutputPlace.Text : _places.Of(at)));
            return;
        }
        var rest = tag[1..].Trim();
        if (tag[0] == '>') _parts.Add(rest.Split(' ')[0].Trim('\'', '"'));
        else if (tag[0] is '#' or '^') Open(rest);
        else if (tag[0] == '/' && _contexts.Count > 1) _contexts.RemoveAt(_contexts.Count - 1);
    }

    private void Open(string section)
    {
        var words = section.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var inner = _contexts[^1];
        if (words is ["each" or "with", var of, ..] && Paths(of) is { Count: > 0 } paths)
        {
            inner = [.. paths.Select<IReadOnlyList<string>, IReadOnlyList<string>>(p => words[0] == "each" ? [.. p, RawOutput.AnyElement] : p)];
            if (words is [_, _, "as", ['|', .. var name], ..]) _names.Bind(name.TrimEnd('|'), inner[0]);
        }
        else if (words is [var only] && only is not ("else" or "if" or "unless") && Paths(only) is { Count: > 0 } values)
        {
            inner = [.. values.SelectMany<IReadOnlyList<string>, IReadOnlyList<string>>(p => [[.. p, RawOutput.AnyElement], p]), .. inner];
        }
        // Deeper sections keep what the last one had.
        _contexts.Add(_contexts.Count > MaxNesting ? _contexts[^1] : [.. inner.Take(8)]);
    }

    // One word is a value, several are a helper and what it is given.
    private List<IReadOnlyList<string>> Shown(string expression)
    {
        var words = expression.Split([' ', '\t', '\r', '\n', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 1) return Paths(words[0]);
        return words.Length == 0 || TemplateScope.Cleans(words[0]) ? [] : [.. words.Skip(1).SelectMany(w => Paths(w[(w.IndexOf('=') + 1)..]))];
    }

    private List<IReadOnlyList<string>> Paths(string word)
    {
        var level = _contexts.Count - 1;
        while (word.StartsWith("../", StringComparison.Ordinal))
        {
            word = word[3..];
            level = Math.Max(0, level - 1);
        }
        if (word.StartsWith("@root.", StringComparison.Ordinal)) (word, level) = (word[6..], 0);
        if (word.Length == 0 || word[0] is '"' or '\'' or '@' || char.IsAsciiDigit(word[0]) || word is "else" or "true" or "false" or "null" or "body") return [];
        var own = word is "." or "this" || word.StartsWith("this.", StringComparison.Ordinal) || word.StartsWith("this/", StringComparison.Ordinal);
        List<string> fields = [.. word.Split('.', '/').Select(f => f.Trim('[', ']')).Where(f => f.Length > 0 && f != "this")];
        var found = new List<IReadOnlyList<string>>();
        if (fields.Count > 0 && _names.Resolve(fields) is var named && !ReferenceEquals(named, fields)) return [named];
        foreach (var context in _contexts[level]) if (context.Count + fields.Count > 0) found.Add([.. context, .. fields]);
        // What the section lacks is looked up outside of it.
        if (!own && level > 0 && fields.Count > 0) found.Add(fields);
        return found;
    }
}
