using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Library.Examples;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>Benign calls to start from, the most promising first.</summary>
public static class StartingPlans
{
    /// <summary>From the shapes; then from examples in the project's texts; then with everything optional, a callback at the end, or anything at all.</summary>
    public static IReadOnlyList<CallPlan> Of(ValidationInput input)
    {
        var entry = input.Candidate.EntryPoint!;
        var access = entry.Access.Select(s => new HarnessStep(Name(s.Kind), s.Name, [.. s.Arguments.Select(a => ArgumentBuilder.Of(a))])).ToList();
        var shapes = new CallPlan("shape", input.Loadable(entry.ModulePath), access, [.. entry.Parameters.Select(p => ArgumentBuilder.Of(p))], [], [], [], false, []);
        shapes = WithConditions(shapes, input.Candidate);
        var plans = new List<CallPlan> { shapes };
        if (WithNames(shapes, input.Candidate) is { } named) plans.Add(named);
        var full = shapes with { Origin = "shape with options", Args = [.. entry.Parameters.Select(p => ArgumentBuilder.Of(p, true))], Access = [.. entry.Access.Select(s => new HarnessStep(Name(s.Kind), s.Name, [.. s.Arguments.Select(a => ArgumentBuilder.Of(a, true))]))] };
        var examples = ExampleCalls.Find(input);
        if (examples.Construction is { } made) (shapes, full) = (Constructed(shapes, made), Constructed(full, made));
        plans.AddRange(examples.Calls.Select((example, i) => Merge(shapes, full, example, i)));
        if (examples.Calls.Count == 0 && examples.Construction is { } alone) plans.Add(shapes with { Origin = $"construction in {alone.Path}" });
        plans.Add(WithConditions(full, input.Candidate));
        if (!shapes.Args.Any(a => a.Kind == "function")) plans.Add(shapes with { Origin = "shape and a callback", Args = [.. shapes.Args, JsValue.Function] });
        return plans;
    }

    /// <summary>The plan without the arguments that follow the attacked ones; null where none follows.</summary>
    public static CallPlan? UpToInput(CallPlan plan, Candidate candidate)
    {
        int last = candidate.Inputs.Select(i => Placer.Index(i.Root, "arg") ?? -1).Max();
        return last < 0 || !plan.Args.Skip(last + 1).Any(a => a.Kind != "undefined") ? null : plan with { Origin = plan.Origin + " up to the input", Args = [.. plan.Args.Take(last + 1)] };
    }

    /// <summary>The plan with methods of objects that give something back, whatever is asked of it; null where no argument has any.</summary>
    public static CallPlan? WithAnswers(CallPlan plan)
    {
        var args = plan.Args.Select(a => a.Kind == "function" ? a : Answering(a)).ToList();
        return args.Where((a, i) => !ReferenceEquals(a, plan.Args[i])).Any() ? plan with { Origin = plan.Origin + ", methods that answer", Args = args } : null;
    }

    // An element of unknown name may be the one that another argument names: a list's first element has a name that is a text as well.
    private static CallPlan? WithNames(CallPlan plan, Candidate candidate)
    {
        if (!candidate.Inputs.Any(i => i.AccessPath is ["[*]", ..])) return null;
        var attacked = candidate.Inputs.Select(i => Placer.Index(i.Root, "arg")).ToHashSet();
        var args = plan.Args.Select((a, i) => !attacked.Contains(i) && a is { Kind: "string", Text: "benign" } ? JsValue.String("0") : a).ToList();
        return args.SequenceEqual(plan.Args) ? null : plan with { Origin = plan.Origin + ", texts that name an element", Args = args };
    }

    private static JsValue Answering(JsValue value)
    {
        if (value is { Kind: "function", Items: null }) return value with { Items = [JsValue.Any] };
        if (value is { Kind: "array", Items: { } items })
        {
            var elements = items.Select(i => i.Kind == "function" ? i : Answering(i)).ToList();
            return elements.Where((e, i) => !ReferenceEquals(e, items[i])).Any() ? value with { Items = elements } : value;
        }

        if (value.Properties is null) return value;
        var properties = value.Properties.Select(p => new JsProperty(p.Key, Answering(p.Value))).ToList();
        return properties.Where((p, i) => !ReferenceEquals(p.Value, value.Properties[i].Value)).Any() ? value with { Properties = properties } : value;
    }

    private static CallPlan Merge(CallPlan shapes, CallPlan full, ExampleCall example, int index)
    {
        // What an example does not say is taken from the shapes.
        var args = example.Args.Select((a, i) => a ?? (i < full.Args.Count ? full.Args[i] : JsValue.Any)).ToList();
        return shapes with { Origin = $"example {index + 1} in {example.Path}", Args = args };
    }

    // The last constructor or factory on the way gets what an example gives it.
    private static CallPlan Constructed(CallPlan plan, ExampleCall example)
    {
        var access = plan.Access.ToList();
        int at = access.FindLastIndex(s => s.Kind != "property");
        if (at < 0) return plan;
        var own = access[at].Args;
        access[at] = access[at] with { Args = [.. example.Args.Select((a, i) => a ?? (i < own.Count ? own[i] : JsValue.Any))] };
        return plan with { Access = access };
    }

    private static string Name(AccessKind kind) => kind switch { AccessKind.New => "new", AccessKind.Call => "call", _ => "property" };

    // What the path needs of other values than the attacked one.
    private static CallPlan WithConditions(CallPlan plan, Candidate candidate)
    {
        foreach (var condition in candidate.Conditions)
        {
            if (Placer.Index(condition.Root, "arg") is null || candidate.Inputs.Any(i => i.Root == condition.Root && i.AccessPath.SequenceEqual(condition.AccessPath))) continue;
            var place = new TaintedInput(condition.Root, condition.AccessPath, []);
            if ((Wanted(condition) ?? Other(plan, place, condition) ?? Ended(plan, candidate, place)) is not { } value) continue;
            if (Placer.Place(plan, place, value) is { } call) plan = plan with { Args = call.Args, Access = call.Access };
        }

        return plan;
    }

    // The one value that the code names may be the one with which it turns off.
    private static JsValue? Other(CallPlan plan, TaintedInput place, PathCondition c) =>
        (c.Operator, c.Holds) is ("===" or "==", false) or ("!==" or "!=", true) && c.Value is not null && Placer.TextAt(plan, place) == c.Value && c.Value != "benign" ? JsValue.String("benign") : null;

    private static JsValue? Ended(CallPlan plan, Candidate candidate, TaintedInput place) =>
        TextEnds.Of(candidate, place.Root, place.AccessPath) is { IsFree: false } ends ? JsValue.String(ends.Around(Placer.TextAt(plan, place) ?? "benign")) : null;

    private static JsValue? Wanted(PathCondition c) => (c.Operator, c.Holds) switch
    {
        ("===" or "==", true) or ("!==" or "!=", false) => ArgumentBuilder.Literal(c.Value),
        ("falsy", true) or ("truthy", false) => c.AccessPath.Count > 0 ? JsValue.Undefined : null,
        ("typeof", true) => c.Value switch
        {
            "string" => JsValue.String("benign"), "number" => JsValue.Number("1"), "boolean" => JsValue.True, "function" => JsValue.Function, "undefined" => JsValue.Undefined, _ => null,
        },
        _ => null,
    };
}
