namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Function.prototype and timers.</summary>
internal static class FunctionFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["Function.call"] = (i, c) => i.CallValue(c.Frame, c.Place, c.This, c.Argument(0), c.Arguments.Length > 1 ? c.Arguments[1..] : [], c.IsOpen);
        t["Function.apply"] = (i, c) => Apply(i, c, c.This, c.Argument(0), c.Argument(1));
        t["Function.bind"] = (i, c) => Bind(i, c, c.This, c.Argument(0), c.Arguments.Length > 1 ? c.Arguments[1..] : []);
        foreach (var name in (ReadOnlySpan<string>)["setTimeout", "setInterval", "setImmediate", "process.nextTick", "queueMicrotask", "timers.setTimeout", "timers.setImmediate"])
        {
            var skip = name.Contains("setTimeout", StringComparison.Ordinal) || name == "setInterval" ? 2 : 1;
            t[name] = (i, c) =>
            {
                i.CallBack(c.Frame, c.Place, c.Argument(0), c.Arguments.Length > skip ? c.Arguments[skip..] : [], AbstractValue.Undefined);
                return i.External("Timeout", null).Value;
            };
        }
        t["pify"] = (i, c) => ModuleOfPromises(i, c.Argument(0)) ?? Promisified(i, c, c.Argument(0), AbstractValue.Undefined);
        t["util.promisify"] = t["bluebird.promisify"] = t["Promise.promisify"] = t["es6-promisify"] = t["thenify"] = t["es6-promisify.promisify"] = t["universalify.fromCallback"] = (i, c) => Promisified(i, c, c.Argument(0), AbstractValue.Undefined);
        t["bluebird.promisifyAll"] = t["Promise.promisifyAll"] = (i, c) =>
        {
            foreach (var o in c.Argument(0).Objects)
            {
                if (o.Kind == ObjectKind.External) { var copy = i.NewObject(c.Frame.Activation, c.Place.Start, 120, ObjectKind.Native, c.Place); _ = copy; continue; }
                foreach (var name in o.FieldNames) if (Interpreter.IsField(name) && o.TryGetOwn(name, out var f) && f.Objects.Any(x => x.Kind == ObjectKind.Function)) o.Write(name + "Async", Promisified(i, c, f, o.Value));
            }
            return c.Argument(0);
        };
        t["util.callbackify"] = t["util.deprecate"] = t["once"] = t["depd"] = (_, c) => c.Argument(0);
        t["util.inherits"] = t["inherits"] = Inherits;
    }

    internal static AbstractValue Apply(Interpreter i, CallSite c, AbstractValue function, AbstractValue self, AbstractValue list)
    {
        if (list.Objects.Length == 1 && list.Labels.Length == 0 && list.Objects[0].Kind == ObjectKind.Array)
        {
            var items = new List<AbstractValue>();
            for (var k = 0; k < 64 && list.Objects[0].TryGetOwn(Interpreter.Index(k), out var item); k++) items.Add(item);
            if (items.Count > 0) return i.CallValue(c.Frame, c.Place, function, self, [.. items]);
        }
        var elements = i.ElementsOf(list);
        return i.CallValue(c.Frame, c.Place, function, self, elements.IsNone ? [] : [elements, elements, elements, elements], !elements.IsNone);
    }

    internal static AbstractValue Bind(Interpreter i, CallSite c, AbstractValue function, AbstractValue self, AbstractValue[] first)
    {
        var bound = i.Heap.Get(c.Place.File is null ? c.Frame.Activation.Code : c.Place.File, c.Place.Start, c.Frame.Activation, 121, id => new HeapObject(id, ObjectKind.Bound, c.Place, i.Heap) { BoundArguments = first });
        bound.BoundThis = bound.BoundThis?.Join(self) ?? self;
        bound.Write("<target>", function);
        return bound.Value;
    }

    /// <summary>A function that calls another with a callback, and returns what the callback gets.</summary>
    internal static AbstractValue Promisified(Interpreter i, CallSite c, AbstractValue function, AbstractValue self)
    {
        var made = i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, 122, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "promisified",
            Native = (x, call) =>
            {
                call.Callee!.TryGetOwn("<target>", out var target);
                var result = x.Heap.Get(call.Place.File, call.Place.Start, call.Frame.Activation, 123, n => new HeapObject(n, ObjectKind.Promise, call.Place, x.Heap));
                var callback = x.Heap.Get(call.Place.File, call.Place.Start, call.Frame.Activation, 124, n => new HeapObject(n, ObjectKind.Native, call.Place, x.Heap)
                {
                    Name = "callback",
                    Native = (_, inner) => { result.WriteElement(inner.Argument(1)); return AbstractValue.Undefined; },
                });
                call.Callee.TryGetOwn("<this>", out var receiver);
                x.CallValue(call.Frame, call.Place, target, receiver.IsNone ? call.This : receiver, [.. call.Arguments, callback.Value]);
                if (result.Elements.IsNone) result.WriteElement(AbstractValue.Unknown);
                return result.Value;
            },
        });
        made.Write("<target>", function);
        if (!self.IsNone && self.Objects.Length > 0) made.Write("<this>", self);
        return made.Value;
    }

    // A whole module, whose functions give promises then.
    private static AbstractValue? ModuleOfPromises(Interpreter i, AbstractValue value)
    {
        if (value.HasLabels || value.Objects is not [{ Kind: ObjectKind.External, Name: var module }] || i.Models.FindCall(module) is not null) return null;
        return module is "fs" or "graceful-fs" ? i.External("fs.promises", null).Value : value;
    }

    internal static AbstractValue Inherits(Interpreter i, CallSite c)
    {
        foreach (var child in c.Argument(0).Objects)
        {
            if (child.Kind != ObjectKind.Function) continue;
            child.Write("super_", c.Argument(1));
            foreach (var proto in i.GetProperty(child.Value, "prototype", c.Place, c.Frame).Objects) proto.AddPrototype(i.GetProperty(c.Argument(1), "prototype", c.Place, c.Frame));
        }
        return AbstractValue.Undefined;
    }
}
