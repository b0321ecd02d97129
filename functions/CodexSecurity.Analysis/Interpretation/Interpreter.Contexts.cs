using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

// Which calls of a function are run together.
internal sealed partial class Interpreter
{
    private const int MaxContexts = 8, MaxSites = 24, LengthOfIterators = 120, FewCallables = 1500, MaxContextsOfCode = 40, NestedContexts = 80, LengthOfContexts = 4000;
    private readonly Dictionary<(Callable, Scope?), List<Activation>> _activations = [];
    private readonly Dictionary<Callable, int> _contextCount = new(ReferenceEqualityComparer.Instance);

    // Histories are no part of what tells contexts apart: they are written for what is kept only.
    private static AbstractValue[] Passed(AbstractValue[] arguments, ModuleFacts facts, Callable code, Place place)
    {
        if (!Array.Exists(arguments, a => a.Labels.Length > 0)) return arguments;
        var passed = new AbstractValue[arguments.Length];
        for (var i = 0; i < passed.Length; i++) passed[i] = arguments[i].Labels.Length == 0 ? arguments[i] : arguments[i].WithLabels(Traced(arguments[i].Labels, place, facts.PassedAs(code, i)));
        return passed;
    }

    private Activation Find(HeapObject function, Callable code, AbstractValue self, AbstractValue[] arguments, FactSet facts, Place place)
    {
        var list = function.Activations ??= Activations(code, function.Scope);
        foreach (var a in list) if (a.Matches(self, arguments, facts)) return a;
        var module = function.Module!;
        if (!_attacked.Contains(code) && (Array.Exists(arguments, HoldsAttack) || HoldsAttack(self))) _attacked.Add(code);
        if (arguments.Length > 0 && Natives.Frameworks.IsHandler(code) && Array.Exists(arguments[0].Objects, o => o.Kind == ObjectKind.External && WorldModel.IsRequestType(o.Name))) _served.Add(code);
        var count = _contextCount.GetValueOrDefault(code);
        if (list.Count < ContextsOf(code, module.Facts.Nested[code.Id]) && count < MaxContextsOfCode)
        {
            _contextCount[code] = count + 1;
            var fresh = new Activation(function, code, module, self, Passed(arguments, module.Facts, code, place), facts);
            list.Add(fresh);
            return fresh;
        }
        var (generic, any) = Generic(list, place);
        if (generic is null && (any is null || HasSiteLeft(list, code, module, arguments)))
        {
            generic = new Activation(function, code, module, self, Passed(arguments, module.Facts, code, place), facts) { IsGeneric = true, Site = place };
            list.Add(generic);
            return generic;
        }
        generic ??= any!;
        var joined = Join(generic.Arguments, arguments);
        if (!ReferenceEquals(joined, generic.Arguments)) joined = Join(generic.Arguments, Passed(arguments, module.Facts, code, place));
        var joinedThis = generic.This.Join(self);
        var joinedFacts = generic.Facts.Intersect(facts);
        if (!joinedThis.Equals(generic.This) || !joinedFacts.Equals(generic.Facts) || !ReferenceEquals(joined, generic.Arguments))
        {
            (generic.Arguments, generic.This, generic.Facts) = (joined, joinedThis, joinedFacts);
            if (generic.Runs < 8 && !generic.Running) generic.Round = -1;
        }
        return generic;
    }

    // What stands for the calls from a place, and the first that stands for any.
    private static (Activation? OfPlace, Activation? First) Generic(List<Activation> list, Place place)
    {
        Activation? first = null;
        foreach (var a in list)
        {
            if (!a.IsGeneric) continue;
            if (a.Site == place) return (a, first ?? a);
            first ??= a;
        }
        return (null, first);
    }

    // What is read from a file or the environment is no attack by whoever calls.
    private static bool HoldsAttack(AbstractValue value)
    {
        if (AreAttack(value.Labels)) return true;
        foreach (var o in value.Objects) if (AreAttack(o.HeldLabels())) return true;
        return false;
    }

    private static bool AreAttack(Tainted[] labels)
    {
        foreach (var l in labels) if (!Reports.IsWeak(l.Label.Node.Source)) return true;
        return false;
    }

    // Each context of a function makes the functions inside it anew, and all that they lead to: a whole library for one that wraps a library.
    // Long functions, which are mostly tables, validators and parsers, make each context dear: half of webpack's steps were in 2 % of its functions.
    private static int ContextsOf(Callable code, int nested) => Math.Clamp(Math.Min(NestedContexts / (nested + 1), LengthOfContexts / Math.Max(1, code.Code.Length)), 1, MaxContexts);

    // What calls the functions that it is given does the work of its callers: where the contexts are used up, what one place calls it with comes together.
    // Of a large program that would take the steps that the rest of it needs (lodash, with its 3,000 functions twice over).
    private bool HasSiteLeft(List<Activation> list, Callable code, ModuleState module, AbstractValue[] arguments) =>
        World.Callables <= FewCallables && Array.Exists(arguments, a => Array.Exists(a.Objects, o => o is { Kind: ObjectKind.Function, Code: not null })) && module.Facts.Nested[code.Id] == 0 && code.Code.Length <= LengthOfIterators && list.Count(a => a.IsGeneric) < MaxSites;

    private List<Activation> Activations(Callable code, Scope? scope)
    {
        if (!_activations.TryGetValue((code, scope), out var list)) _activations[(code, scope)] = list = [];
        return list;
    }

    // The first list itself where the second brings nothing new.
    private static AbstractValue[] Join(AbstractValue[] a, AbstractValue[] b)
    {
        AbstractValue[]? result = b.Length > a.Length ? [.. a, .. b[a.Length..]] : null;
        for (var i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            var joined = i >= a.Length ? b[i].Join(AbstractValue.Undefined) : a[i].Join(i >= b.Length ? AbstractValue.Undefined : b[i]);
            if (i < a.Length && (ReferenceEquals(joined, a[i]) || joined.Equals(a[i]))) continue;
            result ??= [.. a];
            result[i] = joined;
        }
        return result ?? a;
    }
}
