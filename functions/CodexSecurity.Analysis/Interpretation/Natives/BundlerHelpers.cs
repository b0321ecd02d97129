namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Helper functions that esbuild writes into its output for modules.</summary>
internal static class BundlerHelpers
{
    private const string Marked = "__esModule", Target = "<target>";

    /// <summary>__export(exports, { name: () => value, … }): getters. TypeScript's of the same name takes one argument and is run as it is written.</summary>
    public static AbstractValue Export(Interpreter i, CallSite c)
    {
        foreach (var all in c.Argument(1).Objects)
        {
            foreach (var name in all.FieldNames)
            {
                if (Interpreter.IsField(name) && all.TryGetOwn(name, out var getter)) foreach (var o in c.Argument(0).Objects) o.Write("get " + name, getter.WithTest(null));
            }
        }
        return AbstractValue.Undefined;
    }

    /// <summary>__toCommonJS(exports), __markAsModule(exports): the object itself, as far as anyone can see.</summary>
    public static AbstractValue Marking(Interpreter i, CallSite c)
    {
        foreach (var o in c.Argument(0).Objects) o.Write(Marked, AbstractValue.Of(true));
        return c.Argument(0);
    }

    /// <summary>__copyProps(to, from), __reExport(to, from, also to): what one has the other has as well.</summary>
    public static AbstractValue Copy(Interpreter i, CallSite c)
    {
        foreach (var to in (ReadOnlySpan<AbstractValue>)[c.Argument(0), c.Argument(2)]) foreach (var o in to.Objects) if (!c.Argument(1).Objects.Contains(o)) o.AddPrototype(c.Argument(1).WithTest(null));
        return c.Argument(0);
    }

    /// <summary>__commonJS({ "path"(exports, module) { … } }): a function that runs the module and gives what it exports.</summary>
    public static AbstractValue Module(Interpreter i, CallSite c)
    {
        var made = i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, 200, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "__require",
            Native = (x, call) =>
            {
                var module = x.Heap.Get(call.Callee!, 0, "module", 201, other => new HeapObject(other, ObjectKind.Plain, c.Place, x.Heap));
                if (!module.HasOwn("exports")) module.Write("exports", x.Heap.Get(call.Callee!, 0, "exports", 202, other => new HeapObject(other, ObjectKind.Plain, c.Place, x.Heap)).Value);
                if (call.Callee!.TryGetOwn(Target, out var bodies) && module.TryGetOwn("exports", out var first))
                {
                    foreach (var o in bodies.Objects) foreach (var name in o.FieldNames) if (o.TryGetOwn(name, out var body)) x.CallBack(call.Frame, call.Place, body, [first.Objects.Length > 0 ? first.Objects[0].Value : first, module.Value], first);
                }
                return module.TryGetOwn("exports", out var exports) ? exports : AbstractValue.Unknown;
            },
        });
        made.Write(Target, c.Argument(0).WithTest(null));
        return made.Value;
    }
}
