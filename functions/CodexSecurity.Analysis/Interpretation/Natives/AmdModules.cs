namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Modules of the AMD kind: define(name?, dependencies?, factory), as RequireJS and Dojo load them.</summary>
internal static class AmdModules
{
    private const int MaxDependencies = 64;

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["define"] = Define;
        // A class: its methods are what counts.
        t["dojo/_base/declare"] = t["dojo._base.declare"] = (i, c) =>
        {
            i.EscapeCallbacks(c.Frame, c.Place, c.Arguments);
            return c.Arguments.Length > 0 ? c.Arguments[^1].WithTest(null) : AbstractValue.Unknown;
        };
    }

    private static AbstractValue Define(Interpreter i, CallSite c)
    {
        if (c.Arguments.Length == 0) return AbstractValue.Undefined;
        var module = c.Frame.Activation.Module;
        var factory = c.Arguments[^1];
        var dependencies = c.Arguments.Length > 1 ? c.Arguments[^2].Objects.FirstOrDefault(o => o.Kind == ObjectKind.Array) : null;
        var made = AbstractValue.None;
        if (factory.Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound)) made = i.CallBack(c.Frame, c.Place, factory, Given(i, module, dependencies), AbstractValue.Undefined);
        made = made.Join(new AbstractValue(Prim.None, null, [.. factory.Objects.Where(o => o.Kind == ObjectKind.Plain)]));
        // What offers itself to several loaders exports the other way as well.
        if (made.Objects.Length > 0 && !module.Ir.File.Text.Contains("exports", StringComparison.Ordinal))
        {
            module.IsAmd = true;
            module.ModuleObject.Write("exports", made.WithTest(null));
        }
        return AbstractValue.Undefined;
    }

    private static AbstractValue[] Given(Interpreter i, ModuleState module, HeapObject? dependencies)
    {
        var own = new Dictionary<string, Func<AbstractValue>>(StringComparer.Ordinal)
        {
            ["require"] = () => i.World.Global(i, module, "require"), ["exports"] = module.Exports, ["module"] = () => module.ModuleObject.Value,
        };
        if (dependencies is null) return [own["require"](), own["exports"](), own["module"]()];
        var given = new List<AbstractValue>();
        for (var k = 0; k < MaxDependencies && dependencies.TryGetOwn(Interpreter.Index(k), out var name); k++)
            given.Add(name.SingleString is not { Length: > 0 } text || text.Contains('!') ? AbstractValue.Unknown : own.TryGetValue(text, out var value) ? value() : i.World.Require(i, module, text, false));
        return [.. given];
    }
}
