using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>The functions that a package offers whoever loads it, as the harness lists them: "name", "group.name", "new Class.method", "" for the module itself.</summary>
internal static partial class PackageWays
{
    // Functions of these names take text to pieces, or run it.
    private static readonly string[] Verbs = ["eval", "load", "parse", "compile", "render", "run", "exec", "deserial", "unserial", "decode", "read", "template", "transform", "interpret", "expression", "format", "convert", "to", "from", "valid", "is", "match", "make", "trim", "strip"];

    /// <summary>What a run listed, the most promising first.</summary>
    public static IEnumerable<string> Of(HarnessReport report) => report.Ways.Where(w => Way().IsMatch(w)).OrderBy(Rank).ThenBy(w => w.StartsWith("new ", StringComparison.Ordinal) ? 1 : 0).ThenBy(w => w.Count(c => c == '.'));

    /// <summary>A call of it with one harmless text.</summary>
    public static CallPlan Plan(ValidationInput input, string way)
    {
        var match = Way().Match(way);
        var steps = new List<HarnessStep>();
        steps.AddRange((match.Groups[1].Success ? match.Groups[2] : match.Groups[4]).Value.Split('.', StringSplitOptions.RemoveEmptyEntries).Select(name => new HarnessStep("property", name, [])));
        if (match.Groups[1].Success) steps.AddRange([new HarnessStep("new", "", []), new HarnessStep("property", match.Groups[3].Value, [])]);
        return new CallPlan("what the package offers", input.PackageRoot, steps, [JsValue.String("benign")], [], [], [], false, []);
    }

    /// <summary>For people.</summary>
    public static string Spoken(string way) => way.Length == 0 ? "the module" : way;

    // The module itself is what a package is for where it is a function.
    private static int Rank(string way)
    {
        string name = way[(way.LastIndexOf('.') + 1)..];
        int at = name.Length == 0 ? 0 : Array.FindIndex(Verbs, v => name.Contains(v, StringComparison.OrdinalIgnoreCase));
        return at < 0 ? Verbs.Length : at;
    }

    [GeneratedRegex(@"^(?:(new) ([\w$.]*)\.([\w$]+)|([\w$.]*))$")]
    private static partial Regex Way();
}
