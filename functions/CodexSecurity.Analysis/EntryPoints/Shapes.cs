using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>Turns what was learned while running into the records that later stages read; only when all is learned, since it keeps them.</summary>
internal sealed class Shapes
{
    private const int MaxDepth = 4, MaxProperties = 40;
    private static readonly (UsedAs Use, string Name)[] Uses = [.. Enum.GetValues<UsedAs>().Where(u => u != UsedAs.None).Select(u => (u, u.ToString().ToLowerInvariant()))];
    // Ways to functions share their first steps.
    private readonly Dictionary<(AccessNode, string), ValueShape> _known = [];

    public EntryPoint Build(EntryDraft draft) => new(
        draft.Kind, Locations.Of(draft.Place), draft.FunctionName, draft.ModulePath,
        [.. draft.Access.Select(a => new AccessSegment(a.Kind, a.Name, Of(a.Arguments, a.ArgumentNames)))],
        Of(draft.Parameters, draft.ParameterNames),
        draft.Access.FirstOrDefault(a => a.Kind == AccessKind.New) is { } made ? Of(made.Arguments, made.ArgumentNames) : [],
        draft.Method, draft.Route, draft.Framework, draft.IsAsync, [.. draft.Guards]);

    /// <summary>The same without what the code expects of values: of a large library's thousands of ways in, that is needed only where something was found.</summary>
    public static EntryPoint Outline(EntryDraft draft) => new(
        draft.Kind, Locations.Of(draft.Place), draft.FunctionName, draft.ModulePath, [.. draft.Access.Select(a => new AccessSegment(a.Kind, a.Name, Names(a.ArgumentNames)))],
        Names(draft.ParameterNames), [], draft.Method, draft.Route, draft.Framework, draft.IsAsync, [.. draft.Guards]);

    private static IReadOnlyList<ValueShape> Names(IReadOnlyList<string> names) => [.. names.Select(ValueShape.Unknown)];

    private IReadOnlyList<ValueShape> Of(IReadOnlyList<AccessNode> nodes, IReadOnlyList<string> names) =>
        [.. nodes.Select((n, i) => Of(n, i < names.Count ? names[i] : "arg" + i))];

    private ValueShape Of(AccessNode node, string name)
    {
        if (!_known.TryGetValue((node, name), out var shape)) _known[(node, name)] = shape = Shape(node, name, 0);
        return shape;
    }

    private static ValueShape Shape(AccessNode node, string name, int depth)
    {
        var types = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (use, text) in Uses) if ((node.Uses & use) != 0) types.Add(text);
        foreach (var literal in node.Literals) if (literal.Length > 2 && literal[0] == '<' && literal[^1] == '>' && literal is not ("<undefined>" or "<plainobject>" or "<empty>" or "<null>" or "<nil>" or "<equal>" or "<date>")) types.Add(literal[1..^1].ToLowerInvariant());
        var properties = new List<ValueShape>();
        ValueShape? element = null;
        foreach (var (segment, child) in depth < MaxDepth ? node.Children : [])
        {
            if (segment == "[*]" || (segment.Length > 0 && !segment.AsSpan().ContainsAnyExceptInRange('0', '9'))) element ??= Shape(child, "element", depth + 1);
            else if (segment != "{key}" && properties.Count < MaxProperties) properties.Add(Shape(child, segment, depth + 1));
        }
        if (types.Count == 0 && (properties.Count > 0 || node.HasChild("{key}"))) types.Add("object");
        if (node.CallArguments >= 0) types.Add("function");
        return new ValueShape(name, [.. types], properties, element, node.CallArguments, [.. node.Literals.Where(l => l.Length == 0 || l[0] != '<').Take(12)], node.Tested);
    }
}
