namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Map, Set, iterators and symbols.</summary>
internal static class CollectionFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var type in (ReadOnlySpan<string>)["Map", "Set", "WeakMap", "WeakSet"])
        {
            t["new " + type] = (i, c) => Construct(i, c, type);
        }
        Methods(t);
        t["Iterator.next"] = (i, c) =>
        {
            var item = i.NewObject(c.Frame.Activation, c.Place.Start, 160, ObjectKind.Plain, c.Place);
            var value = AbstractValue.None;
            foreach (var o in c.This.Objects) value = value.Join(o.Elements);
            item.Write("value", value.IsNone ? AbstractValue.Undefined : value);
            item.Write("done", AbstractValue.AnyBoolean);
            return item.Value;
        };
        t["Symbol"] = (i, c) => AbstractValue.Of(i.Symbols.MadeAt(c.Place, c.Argument(0).SingleString ?? ""));
        t["Symbol.for"] = (i, c) => c.Argument(0).SingleString is { } name ? AbstractValue.Of(i.Symbols.Shared(name)) : AbstractValue.Unknown;
        t["Iterator.return"] = t["Iterator.throw"] = (_, c) => c.This;
    }

    private static AbstractValue Construct(Interpreter i, CallSite c, string type)
    {
        var isSet = type.EndsWith("Set", StringComparison.Ordinal);
        var made = i.Heap.Find(c.Place.File, c.Place.Start, c.Frame.Activation, 161) ?? i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, 161,
            id => new HeapObject(id, ObjectKind.Plain, c.Place, i.Heap) { Collection = isSet ? "Set" : "Map", IsNullPrototype = true });
        var items = i.ElementsOf(c.Argument(0));
        if (!items.IsNone) made.WriteElement(isSet ? items : i.GetIndex(items, AbstractValue.Of(1), c.Place, c.Frame));
        return made.Value;
    }

    private static void Methods(Dictionary<string, NativeFunction> t)
    {
        t["Map.get"] = (_, c) => (OfObjects(c.Argument(0)) ? HeldFor(c) : Items(c)).Join(AbstractValue.Undefined);
        t["Map.set"] = (_, c) => OfObjects(c.Argument(0)) ? HoldFor(c) : Put(c, c.Argument(1));
        t["Set.add"] = (_, c) => Put(c, c.Argument(0));
        t["Set.has"] = (_, c) => AbstractValue.AnyBoolean.WithTest(c.This.Objects.All(o => o.Collection == "Set") ? Guards.Contains(c.This, null, c.Argument(0)) : null);
        t["Set.keys"] = (i, c) => ArrayFunctions.List(i, c, Items(c));
        t["Map.keys"] = (i, c) => ArrayFunctions.List(i, c, AbstractValue.Unknown);
        t["Map.has"] = t["Map.delete"] = t["Set.delete"] = (_, _) => AbstractValue.AnyBoolean;
        t["Map.clear"] = t["Set.clear"] = (_, _) => AbstractValue.Undefined;
        t["Map.forEach"] = t["Set.forEach"] = (i, c) =>
        {
            i.CallBack(c.Frame, c.Place, c.Argument(0), [Items(c), AbstractValue.Unknown, c.This], c.Argument(1));
            return AbstractValue.Undefined;
        };
        t["Map.values"] = t["Set.values"] = (i, c) => ArrayFunctions.List(i, c, Items(c));
        t["Map.entries"] = t["Set.entries"] = (i, c) => ArrayFunctions.List(i, c, i.ArrayOf(c.Frame.Activation, c.Place.Start, 163, [AbstractValue.Unknown, Items(c)], c.Place).Value);
    }

    private static AbstractValue Items(CallSite c)
    {
        var items = AbstractValue.None;
        foreach (var o in c.This.Objects) if (o.Collection.Length > 0) items = items.Join(o.Elements).Join(o.TryGetOwn(ForObjects, out var held) ? held : AbstractValue.None);
        return items;
    }

    /// <summary>What a map holds for objects of the program is kept with those; all of it together is with the map under this name.</summary>
    internal const string ForObjects = "<for objects>";

    private static bool OfObjects(AbstractValue key) =>
        key.Objects.Length > 0 && key.Types == Prim.None && key.Constants.Length == 0 && key.Labels.Length == 0 && Array.TrueForAll(key.Objects, o => o.Kind is ObjectKind.Plain or ObjectKind.Function);

    private static string InMap(HeapObject map) => $"<in map {map.Id}>";

    private static AbstractValue HeldFor(CallSite c)
    {
        var held = AbstractValue.None;
        foreach (var map in c.This.Objects)
        {
            if (map.Collection.Length == 0) continue;
            held = held.Join(map.Elements);
            foreach (var key in c.Argument(0).Objects) if (key.TryGetOwn(InMap(map), out var value)) held = held.Join(value);
        }
        return held;
    }

    private static AbstractValue HoldFor(CallSite c)
    {
        foreach (var map in c.This.Objects)
        {
            if (map.Collection.Length == 0) continue;
            map.Write(ForObjects, c.Argument(1));
            foreach (var key in c.Argument(0).Objects) key.Write(InMap(map), c.Argument(1));
        }
        return c.This;
    }

    private static AbstractValue Put(CallSite c, AbstractValue item)
    {
        foreach (var o in c.This.Objects) if (o.Collection.Length > 0) o.WriteElement(item);
        return c.This;
    }
}
