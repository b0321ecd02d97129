namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Helper functions of TypeScript's and Babel's output.</summary>
internal static class Helpers
{
    /// <summary>__awaiter(this, arguments, Promise, function* …): runs the generator; what it returns is awaited.</summary>
    public static AbstractValue Awaiter(Interpreter i, CallSite c)
    {
        var result = i.CallValue(c.Frame, c.Place, c.Argument(3), c.Argument(0), []);
        return Returned(result);
    }

    /// <summary>__async(this, arguments, function* …): esbuild's.</summary>
    public static AbstractValue Async(Interpreter i, CallSite c) => Returned(i.CallValue(c.Frame, c.Place, c.Argument(2), c.Argument(0), [.. c.Argument(1).Objects.SelectMany(o => o.Items())]));

    /// <summary>__generator(this, function (state) …): the body's cases run one after the other.</summary>
    public static AbstractValue Generator(Interpreter i, CallSite c)
    {
        var state = i.NewObject(c.Frame.Activation, c.Place.Start, 170, ObjectKind.Plain, c.Place);
        state.Write("label", AbstractValue.AnyNumber);
        state.Write("trys", i.ArrayOf(c.Frame.Activation, c.Place.Start, 171, [], c.Place).Value);
        var sent = i.Heap.Get(state, 0, "sent", 172, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap) { Name = "sent", Native = (_, _) => state.Elements.IsNone ? AbstractValue.Unknown : state.Elements });
        state.Write("sent", sent.Value);
        for (var round = 0; round < 2; round++)
        {
            var step = i.CallValue(c.Frame, c.Place, c.Argument(1), c.Argument(0), [state.Value]);
            var value = Interpreter.Awaited(i.GetProperty(step, "1", c.Place, c.Frame));
            state.WriteElement(value);
        }
        var iterator = i.NewObject(c.Frame.Activation, c.Place.Start, 173, ObjectKind.Iterator, c.Place);
        iterator.WriteElement(state.Elements);
        iterator.Write("<return>", state.Elements);
        return iterator.Value;
    }

    /// <summary>The name of a function that runs a generator function.</summary>
    public const string AsyncName = "async";

    /// <summary>Babel: a function that runs the generator function it is given.</summary>
    public static AbstractValue AsyncToGenerator(Interpreter i, CallSite c)
    {
        var made = i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, 174, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = AsyncName,
            Native = (x, call) => { call.Callee!.TryGetOwn("<target>", out var target); return Returned(x.CallValue(call.Frame, call.Place, target, call.This, call.Arguments, call.IsOpen)); },
        });
        made.Write("<target>", c.Argument(0));
        return made.Value;
    }

    private static AbstractValue Returned(AbstractValue value)
    {
        var result = AbstractValue.None;
        foreach (var o in value.Objects) if (o.Kind == ObjectKind.Iterator && o.TryGetOwn("<return>", out var r)) result = result.Join(r);
        return result.IsNone ? value.Objects.Length > 0 && value.Objects.All(o => o.Kind == ObjectKind.Iterator) ? AbstractValue.Unknown : value : Interpreter.Awaited(result);
    }

    /// <summary>require("x") as an ES module: its default is the module itself, or its own default.</summary>
    public static AbstractValue Interop(Interpreter i, CallSite c)
    {
        var v = c.Argument(0);
        if (v.Objects.Any(o => o.HasOwn("__esModule"))) return v;
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 175, ObjectKind.Plain, c.Place);
        made.Write("default", v);
        if (c.Path is "__toESM" or "__toModule" || c.Path.Contains("Star", StringComparison.Ordinal) || c.Path.Contains("Wildcard", StringComparison.Ordinal) || c.Path.Contains("Namespace", StringComparison.Ordinal)) made.AddPrototype(v);
        return made.Value;
    }

    /// <summary>__classPrivateFieldGet(object, map of values by object, kind, function): what a private field holds.</summary>
    public static AbstractValue PrivateField(Interpreter i, CallSite c) => c.Argument(2).SingleString switch
    {
        "m" => c.Argument(3),
        "a" => i.CallValue(c.Frame, c.Place, c.Argument(3), c.Argument(0), []),
        _ when c.Argument(3).Objects.Length > 0 => i.GetProperty(c.Argument(3), "value", c.Place, c.Frame),
        _ => i.CallMethod(c.Frame, c.Place, c.Argument(1), "get", [c.Argument(0)]),
    };

    /// <summary>__classPrivateFieldSet(object, map of values by object, value, kind, function).</summary>
    public static AbstractValue SetPrivateField(Interpreter i, CallSite c)
    {
        if (c.Argument(3).SingleString == "a") i.CallValue(c.Frame, c.Place, c.Argument(4), c.Argument(0), [c.Argument(2)]);
        else if (c.Argument(4).Objects.Length > 0) i.SetProperty(c.Argument(4), "value", c.Argument(2), c.Place, c.Frame, false);
        else i.CallMethod(c.Frame, c.Place, c.Argument(1), "set", [c.Argument(0), c.Argument(2)]);
        return c.Argument(2);
    }

    public static AbstractValue Same(Interpreter i, CallSite c) => c.Argument(0);

    public static AbstractValue DefineProperty(Interpreter i, CallSite c)
    {
        i.SetIndex(c.Argument(0), c.Argument(1), c.Argument(2), c.Place, c.Frame);
        return c.Argument(0);
    }

    public static AbstractValue Assign(Interpreter i, CallSite c) =>
        c.Arguments.Length == 0 ? i.External("Object.assign", null).Value : ObjectFunctions.Assign(i, c);
}
