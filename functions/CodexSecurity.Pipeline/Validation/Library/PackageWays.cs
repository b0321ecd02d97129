using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>The functions that a package offers whoever loads it, as the harness lists them: "name", "group.name", "new Class.method", "" for the module itself.</summary>
internal static partial class PackageWays
{
    /// <summary>Functions of these names take text to pieces, or run it.</summary>
    public static IReadOnlyList<string> Readers { get; } = ["eval", "load", "parse", "compile", "render", "run", "exec", "deserial", "unserial", "decode", "read", "template", "transform", "interpret", "expression", "format", "convert", "to", "from", "valid", "is", "match", "make", "trim", "strip"];

    /// <summary>What a run listed, the most promising first.</summary>
    /// <param name="report">The run's.</param>
    /// <param name="verbs">Parts of promising names, the best first.</param>
    public static IEnumerable<string> Of(HarnessReport report, IReadOnlyList<string> verbs) => report.Ways.Where(w => Way().IsMatch(w)).OrderBy(w => Rank(w, verbs)).ThenBy(w => w.StartsWith("new ", StringComparison.Ordinal) ? 1 : 0).ThenBy(w => w.Count(c => c == '.'));

    /// <summary>A call of a function that a package offers with one harmless text.</summary>
    public static CallPlan Plan(ValidationInput input, string way) => Plan(input.PackageRoot, way);

    /// <summary>A call of a function that a module exports with one harmless text.</summary>
    /// <param name="module">What node loads, inside the sandbox.</param>
    /// <param name="way">The function, as the harness lists it.</param>
    public static CallPlan Plan(string module, string way)
    {
        var match = Way().Match(way);
        var steps = new List<HarnessStep>();
        steps.AddRange((match.Groups[1].Success ? match.Groups[2] : match.Groups[4]).Value.Split('.', StringSplitOptions.RemoveEmptyEntries).Select(name => new HarnessStep("property", name, [])));
        if (match.Groups[1].Success) steps.AddRange([new HarnessStep("new", "", [JsValue.Object()]), new HarnessStep("property", match.Groups[3].Value, [])]);
        return new CallPlan("what the package offers", module, steps, [JsValue.String("benign")], [], [], [], false, []);
    }

    /// <summary>For people.</summary>
    public static string Spoken(string way) => way.Length == 0 ? "the module" : way;

    // The module itself is what a package is for where it is a function.
    private static int Rank(string way, IReadOnlyList<string> verbs)
    {
        string name = way[(way.LastIndexOf('.') + 1)..];
        return name.Length == 0 ? 0 : Enumerable.Range(0, verbs.Count).FirstOrDefault(i => name.Contains(verbs[i], StringComparison.OrdinalIgnoreCase), verbs.Count);
    }

    [GeneratedRegex(@"^(?:(new) ([\w$.]*)\.([\w$]+)|([\w$.]*))$")]
    private static partial Regex Way();
}
