using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>Turns what was learned while running into the records that later stages read.</summary>
internal static class Shapes
{
    private const int MaxDepth = 4, MaxProperties = 40;

    public static EntryPoint Build(EntryDraft draft) => new(
        draft.Kind, Locations.Of(draft.Place), draft.FunctionName, draft.ModulePath,
        [.. draft.Access.Select(a => new AccessSegment(a.Kind, a.Name, Of(a.Arguments, a.ArgumentNames)))],
        Of(draft.Parameters, draft.ParameterNames),
        draft.Access.FirstOrDefault(a => a.Kind == AccessKind.New) is { } made ? Of(made.Arguments, made.ArgumentNames) : [],
        draft.Method, draft.Route, draft.Framework, draft.IsAsync, [.. draft.Guards]);

    private static IReadOnlyList<ValueShape> Of(IReadOnlyList<AccessNode> nodes, IReadOnlyList<string> names) =>
        [.. nodes.Select((n, i) => Shape(n, i < names.Count ? names[i] : "arg" + i, 0))];

    private static ValueShape Shape(AccessNode node, string name, int depth)
    {
        var types = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var use in Enum.GetValues<UsedAs>()) if (use != UsedAs.None && node.Uses.HasFlag(use)) types.Add(use.ToString().ToLowerInvariant());
        foreach (var literal in node.Literals) if (literal.Length > 2 && literal[0] == '<' && literal[^1] == '>' && literal is not ("<undefined>" or "<plainobject>" or "<empty>" or "<null>" or "<nil>" or "<equal>" or "<date>")) types.Add(literal[1..^1].ToLowerInvariant());
        var properties = new List<ValueShape>();
        ValueShape? element = null;
        foreach (var (segment, child) in node.Children)
        {
            if (depth >= MaxDepth) break;
            if (segment == "[*]" || (segment.Length > 0 && segment.All(char.IsAsciiDigit))) element ??= Shape(child, "element", depth + 1);
            else if (segment != "{key}" && properties.Count < MaxProperties) properties.Add(Shape(child, segment, depth + 1));
        }
        if (types.Count == 0 && (properties.Count > 0 || node.Children.ContainsKey("{key}"))) types.Add("object");
        if (node.CallArguments >= 0) types.Add("function");
        return new ValueShape(name, [.. types], properties, element, node.CallArguments, [.. node.Literals.Where(l => l.Length == 0 || l[0] != '<').Take(12)], node.Tested);
    }
}
