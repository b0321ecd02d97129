using System.Globalization;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>Texts in a call that an example of the project makes which look like a path through an object: "/name/first", "a.b", "a[0].b".</summary>
public static partial class ExamplePaths
{
    private const int Most = 3, MaxDepth = 4;

    /// <summary>The first few of them, in the order of the arguments. None for calls that were made up from shapes.</summary>
    public static IReadOnlyList<TaintedInput> Of(CallPlan plan) => !plan.Origin.StartsWith("example ", StringComparison.Ordinal) ? []
        : [.. plan.Args.SelectMany((a, i) => In(a, "arg" + i.ToString(CultureInfo.InvariantCulture), [])).Take(Most)];

    private static IEnumerable<TaintedInput> In(JsValue value, string root, IReadOnlyList<string> path)
    {
        if (path.Count > MaxDepth) return [];
        if (value is { Kind: "string", Text: { } text }) return Form().IsMatch(text) ? [new TaintedInput(root, path, [])] : [];
        if (value is { Kind: "array", Items: { } items }) return items.Take(Most).SelectMany((item, i) => In(item, root, [.. path, i.ToString(CultureInfo.InvariantCulture)]));
        return value is { Kind: "object", Properties: { } own } ? own.SelectMany(p => In(p.Value, root, [.. path, p.Key])) : [];
    }

    // Names between dots, slashes or brackets. Files and addresses have an ending or a scheme that no path through an object has.
    [GeneratedRegex(@"^(?=.*[./\[])(?!.*\.(?:js|ts|json|html?|txt|css|md|png|jpe?g|com|org|net|io)$)/?[\w$-]{1,40}(?:[./][\w$*-]{1,40}|\[[\w'""$]{1,40}\]){0,8}$", RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}
