namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Map, Set and iterators.</summary>
internal static class CollectionFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var type in (ReadOnlySpan<string>)["Map", "Set", "WeakMap", "WeakSet"])
        {
            t["new " + type] = (i, c) => Construct(i, c, type);
        }
        t["Iterator.next"] = (i, c) =>
        {
            var item = i.NewObject(c.Frame.Activation, c.Place.Start, 160, ObjectKind.Plain, c.Place);
            var value = AbstractValue.None;
            foreach (var o in c.This.Objects) value = value.Join(o.Elements);
            item.Write("value", value.IsNone ? AbstractValue.Undefined : value);
            item.Write("done", AbstractValue.AnyBoolean);
            return item.Value;
        };
        t["Iterator.return"] = t["Iterator.throw"] = (_, c) => c.This;
    }

    private static AbstractValue Construct(Interpreter i, CallSite c, string type)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 161, ObjectKind.Plain, c.Place);
        made.IsNullPrototype = true;
        var items = i.ElementsOf(c.Argument(0));
        var isSet = type.EndsWith("Set", StringComparison.Ordinal);
        if (!items.IsNone) made.WriteElement(isSet ? items : i.GetIndex(items, AbstractValue.Of(1), c.Place, c.Frame));
        void Method(string name, NativeFunction f) => made.Write(name, i.Heap.Get(made, 0, name, 162, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap) { Name = name, Native = f }).Value);
        Method("get", (_, call) => made.Elements.IsNone ? AbstractValue.Undefined : made.Elements.Join(AbstractValue.Undefined));
        Method("set", (_, call) => { made.WriteElement(call.Argument(1)); return made.Value; });
        Method("add", (_, call) => { made.WriteElement(call.Argument(0)); return made.Value; });
        Method("has", (_, call) => AbstractValue.AnyBoolean.WithTest(isSet ? Guards.Contains(made.Value, null, call.Argument(0)) : null));
        Method("delete", (_, _) => AbstractValue.AnyBoolean);
        Method("clear", (_, _) => AbstractValue.Undefined);
        Method("forEach", (x, call) => { x.CallBack(call.Frame, call.Place, call.Argument(0), [made.Elements, AbstractValue.Unknown, made.Value], call.Argument(1)); return AbstractValue.Undefined; });
        Method("values", (x, call) => ArrayFunctions.List(x, call, made.Elements));
        Method("keys", (x, call) => ArrayFunctions.List(x, call, isSet ? made.Elements : AbstractValue.Unknown));
        Method("entries", (x, call) => ArrayFunctions.List(x, call, x.ArrayOf(call.Frame.Activation, call.Place.Start, 163, [AbstractValue.Unknown, made.Elements], call.Place).Value));
        return made.Value;
    }
}
