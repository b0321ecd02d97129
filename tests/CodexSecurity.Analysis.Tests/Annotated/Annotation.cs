using System.Text.RegularExpressions;

namespace CodexSecurity.Analysis.Tests.Annotated;

/// <summary>What a comment of an annotated program claims of its line.</summary>
public enum Claim { Expect, Safe, TodoExpect, TodoSafe, Source }

/// <summary>
/// One claim: <c>// expect: injection.sql from n</c>. Several stand behind each other, or after one marker with commas.
/// For <c>source</c>, <paramref name="Rule"/> is the name that <c>from</c> refers to.
/// </summary>
public sealed partial record Annotation(string Path, int Line, Claim Claim, string Rule, string? From)
{
    /// <summary>The claims of a source text.</summary>
    public static IReadOnlyList<Annotation> Read(string path, string text)
    {
        var all = new List<Annotation>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            foreach (Match marker in Markers().Matches(lines[i]))
            {
                var claim = Enum.Parse<Claim>(marker.Groups["claim"].Value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
                foreach (var item in marker.Groups["items"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    var parts = item.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (parts.Length is not (1 or 3) || (parts.Length == 3 && parts[1] != "from")) throw new FormatException($"{path}:{i + 1}: \"{item}\" is no annotation");
                    all.Add(new Annotation(path, i + 1, claim, parts[0], parts.Length == 3 ? parts[2] : null));
                }
            }
        }
        return all;
    }

    [GeneratedRegex(@"(?:\b|(?<=\W))(?<claim>todo-expect|todo-safe|expect|safe|source):\s*(?<items>[\w.-]+(?:\s+from\s+\w+)?(?:\s*,\s*[\w.-]+(?:\s+from\s+\w+)?)*)(?=\s*(?:$|//|#|/\*|\*/|-->))", RegexOptions.CultureInvariant)]
    private static partial Regex Markers();
}
