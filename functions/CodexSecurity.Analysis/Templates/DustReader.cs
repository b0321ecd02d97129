using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Dust: <c>{raw|s}</c>.</summary>
internal sealed partial class DustReader(SourceFile file)
{
    public TemplateFile Read()
    {
        var outputs = new List<RawOutput>();
        foreach (Match m in Reference().Matches(file.Text))
        {
            var filters = m.Groups["filters"].Value.Split('|', StringSplitOptions.RemoveEmptyEntries);
            if (Array.IndexOf(filters, "s") < 0 || Array.Exists(filters, f => f is "h" or "u" or "uc")) continue;
            outputs.Add(new RawOutput(m.Index, m.Index + m.Length, [m.Groups["path"].Value.Split('.', StringSplitOptions.RemoveEmptyEntries)], OutputPlace.Text));
        }
        return new TemplateFile(file, outputs, [.. Partial().Matches(file.Text).Select(m => m.Groups["name"].Value)]);
    }

    [GeneratedRegex(@"\{(?<path>[A-Za-z_$][\w$.]*)(?<filters>(?:\|[a-z]+)+)\}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Reference();
    [GeneratedRegex("""\{>\s*["']?(?<name>[\w./-]+)["']?\s*/\}""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Partial();
}
