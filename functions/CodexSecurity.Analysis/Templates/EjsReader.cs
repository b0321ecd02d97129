using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>EJS and Eta: <c>&lt;%- raw %&gt;</c>, <c>&lt;%~ raw %&gt;</c>, JavaScript between <c>&lt;%</c> and <c>%&gt;</c>.</summary>
internal sealed class EjsReader(SourceFile file)
{
    private readonly TemplateScope _scope = new();
    private readonly OutputPlaces _places = new(file.Text, ("<%", "%>"));
    private readonly List<RawOutput> _outputs = [];

    public TemplateFile Read()
    {
        var text = file.Text;
        for (var at = text.IndexOf("<%", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<%", at, StringComparison.Ordinal))
        {
            var mark = at + 2 < text.Length ? text[at + 2] : '\0';
            var end = text.IndexOf("%>", at + 2, StringComparison.Ordinal);
            if (end < 0) break;
            if (mark != '%') Tag(at, end, mark);
            at = mark == '%' ? at + 3 : end + 2;
        }
        return new TemplateFile(file, _outputs, _scope.Parts);
    }

    private void Tag(int at, int end, char mark)
    {
        var from = mark is '-' or '=' or '_' or '#' or '~' ? at + 3 : at + 2;
        var code = file.Text[Math.Min(from, end)..end].TrimEnd('-', '_').Trim();
        switch (mark)
        {
            case '#':
                break;
            case '=' or '-' or '~':
                var place = _places.Of(at);
                if ((mark != '=' || place != OutputPlace.Text) && _scope.Values(code) is { Count: > 0 } values) _outputs.Add(new RawOutput(at, end + 2, values, mark == '=' ? place : OutputPlace.Text));
                break;
            default:
                if (code.StartsWith("include ", StringComparison.Ordinal)) _scope.Parts.Add(code[8..].Trim());
                else _scope.Statement(code);
                break;
        }
    }
}
