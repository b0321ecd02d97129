using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Object, Reflect and JSON.</summary>
internal static class ObjectFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["Object.assign"] = Assign;
        t["Object.keys"] = t["Object.getOwnPropertyNames"] = t["Reflect.ownKeys"] = (i, c) => ArrayFunctions.List(i, c, i.KeysOf(c.Argument(0), c.Place));
        // Symbols are no texts: no attacker names them.
        t["Object.getOwnPropertySymbols"] = (i, c) => ArrayFunctions.List(i, c, AbstractValue.AnyNumber);
        t["Object.values"] = (i, c) => ArrayFunctions.List(i, c, i.GetIndex(c.Argument(0), AbstractValue.AnyString, c.Place, c.Frame));
        t["Object.entries"] = (i, c) => ArrayFunctions.List(i, c, i.ArrayOf(c.Frame.Activation, c.Place.Start, 110, [i.KeysOf(c.Argument(0), c.Place), i.GetIndex(c.Argument(0), AbstractValue.AnyString, c.Place, c.Frame)], c.Place).Value);
        t["Object.fromEntries"] = (i, c) =>
        {
            var made = i.NewObject(c.Frame.Activation, c.Place.Start, 111, ObjectKind.Plain, c.Place);
            made.WriteElement(i.GetIndex(i.ElementsOf(c.Argument(0)), AbstractValue.Of(1), c.Place, c.Frame));
            return made.Value;
        };
        t["Object.create"] = Create;
        t["Object.setPrototypeOf"] = (_, c) => { foreach (var o in c.Argument(0).Objects) o.AddPrototype(c.Argument(1)); return c.Argument(0); };
        t["Object.getPrototypeOf"] = t["Reflect.getPrototypeOf"] = (i, c) =>
        {
            var result = AbstractValue.None;
            foreach (var o in c.Argument(0).Objects) result = result.Join(o is { Kind: ObjectKind.Function, Prototype.IsNone: true, Code: { } code } && (code.IsAsync || code.IsGenerator) ? i.External("Function", null).Value : o.Prototype);
            return (result.IsNone ? i.External("Object.prototype", null).Value : result).WithTest(TestFacts.From("prototype", c.Argument(0).WithTest(null)));
        };
        t["Object.defineProperty"] = t["Reflect.defineProperty"] = t["Object.prototype.__defineGetter__"] = DefineProperty;
        t["Object.defineProperties"] = (i, c) => { DefineAll(i, c, c.Argument(0), c.Argument(1)); return c.Argument(0); };
        t["Object.freeze"] = t["Object.seal"] = t["Object.preventExtensions"] = (_, c) => c.Argument(0);
        t["Object"] = t["new Object"] = (i, c) => c.Arguments.Length == 0 ? i.NewObject(c.Frame.Activation, c.Place.Start, 112, ObjectKind.Plain, c.Place).Value : c.Argument(0);
        t["Object.prototype.hasOwnProperty"] = (_, c) => HasOwn(c.This, c.Argument(0));
        t["Object.hasOwn"] = (_, c) => HasOwn(c.Argument(0), c.Argument(1));
        t["Object.prototype.propertyIsEnumerable"] = (_, c) => HasOwn(c.This, c.Argument(0));
        t["Object.prototype.toString"] = TypeTag;
        t["Object.prototype.valueOf"] = (_, c) => c.This;
        t["Object.prototype.isPrototypeOf"] = (_, _) => AbstractValue.AnyBoolean;
        // Read from an object of the program's, which leads to the prototype by the name of the type.
        foreach (var name in (ReadOnlySpan<string>)["hasOwnProperty", "propertyIsEnumerable", "isPrototypeOf"]) t["Object." + name] = t["Object.prototype." + name];
        t["Object.getOwnPropertyDescriptor"] = (i, c) =>
        {
            var d = i.NewObject(c.Frame.Activation, c.Place.Start, 113, ObjectKind.Plain, c.Place);
            // Of an own property: nothing that was inherited.
            d.Write("value", i.GetIndex(c.Argument(0), c.Argument(1), c.Place, c.Frame).WithProto(null).WithTest(null));
            return d.Value.Join(AbstractValue.Undefined);
        };
        t["Reflect.get"] = (i, c) => i.GetIndex(c.Argument(0), c.Argument(1), c.Place, c.Frame);
        t["Reflect.set"] = (i, c) => { i.SetIndex(c.Argument(0), c.Argument(1), c.Argument(2), c.Place, c.Frame); return AbstractValue.AnyBoolean; };
        t["Reflect.has"] = (_, _) => AbstractValue.AnyBoolean;
        t["Reflect.apply"] = (i, c) => FunctionFunctions.Apply(i, c, c.Argument(0), c.Argument(1), c.Argument(2));
        t["Reflect.construct"] = (i, c) => i.NewValue(c.Frame, c.Place, c.Argument(0), [i.ElementsOf(c.Argument(1))], true, c.Frame.Activation);
        t["new Proxy"] = Stand;
        t["JSON.parse"] = Parse;
        t["JSON.stringify"] = Stringify;
        t["structuredClone"] = (_, c) => c.Argument(0);
    }

    // What stands for an object counts as that object; its handler runs.
    private static AbstractValue Stand(Interpreter i, CallSite c)
    {
        foreach (var o in c.Argument(1).Objects)
        {
            foreach (var name in o.FieldNames) if (Interpreter.IsField(name) && o.TryGetOwn(name, out var trap)) i.CallBack(c.Frame, c.Place, trap, [c.Argument(0)], o.Value);
        }
        return c.Argument(0);
    }

    internal static AbstractValue Assign(Interpreter i, CallSite c)
    {
        for (var k = 1; k < c.Arguments.Length; k++) i.CopyProperties(c.Argument(0), c.Arguments[k], c.Place, c.Frame);
        if (c.IsOpen && c.Arguments.Length > 0) i.CopyProperties(c.Argument(0), c.Arguments[^1], c.Place, c.Frame);
        // Into an attacker's object: what results has the fields of all.
        var result = c.Argument(0);
        if (result.Objects.Length == 0) for (var k = 1; k < c.Arguments.Length; k++) result = result.Join(c.Arguments[k]);
        return result;
    }

    private static AbstractValue Create(Interpreter i, CallSite c)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 114, ObjectKind.Plain, c.Place);
        if (c.Argument(0) is { Types: Prim.Null, Objects.Length: 0 }) made.IsNullPrototype = true; else made.AddPrototype(c.Argument(0));
        DefineAll(i, c, made.Value, c.Argument(1));
        return made.Value;
    }

    private static void DefineAll(Interpreter i, CallSite c, AbstractValue target, AbstractValue descriptors)
    {
        foreach (var o in descriptors.Objects)
        {
            foreach (var name in o.FieldNames) if (Interpreter.IsField(name) && o.TryGetOwn(name, out var d)) Define(i, c, target, AbstractValue.Of(name), d);
            // Under names that are not known: what the getters give.
            foreach (var d in o.Elements.Objects)
            {
                var value = d.TryGetOwn("get", out var getter) ? i.CallGetter(getter, target, c.Place, c.Frame) : d.TryGetOwn("value", out var plain) ? plain : AbstractValue.None;
                foreach (var t in target.Objects) t.WriteElement(value);
            }
        }
    }

    private static AbstractValue DefineProperty(Interpreter i, CallSite c)
    {
        if (c.Path.EndsWith("__defineGetter__", StringComparison.Ordinal))
        {
            foreach (var o in c.This.Objects) foreach (var name in c.Argument(0).KnownStrings()) o.Write("get " + name, c.Argument(1));
            return AbstractValue.Undefined;
        }
        Define(i, c, c.Argument(0), c.Argument(1), c.Argument(2));
        return c.Argument(0);
    }

    private static void Define(Interpreter i, CallSite c, AbstractValue target, AbstractValue key, AbstractValue descriptor)
    {
        var said = false;
        foreach (var d in descriptor.Objects)
        {
            if (d.TryGetOwn("value", out var value))
            {
                said = true;
                Write(i, c, target, key, value);
            }
            foreach (var accessor in (ReadOnlySpan<string>)["get", "set"])
            {
                if (!d.TryGetOwn(accessor, out var f)) continue;
                said = true;
                Accessor(i, c, target, key, accessor, f);
            }
        }
        // A descriptor from outside, or of which nothing is known: it writes all the same.
        if (!said && (descriptor.HasLabels || (descriptor.Types & Prim.Other) != 0 || descriptor.Objects.Any(o => o.IsOpen || o.Kind == ObjectKind.External))) Write(i, c, target, key, i.GetProperty(descriptor, "value", c.Place, c.Frame));
    }

    private static void Write(Interpreter i, CallSite c, AbstractValue target, AbstractValue key, AbstractValue value)
    {
        if (key.SingleString is { } name) i.SetProperty(target, name, value, c.Place, c.Frame, true);
        else i.SetIndex(target, key, value, c.Place, c.Frame);
    }

    // What bundlers and compilers write to hand on exports: each name has a function of its own in a table of them, or one function reads a module by the name.
    private static void Accessor(Interpreter i, CallSite c, AbstractValue target, AbstractValue key, string accessor, AbstractValue function)
    {
        var table = i.Tables.Find(function, key);
        var module = accessor == "get" && table is null && TableReads.AreNames(key) ? i.Tables.Find(i.CallGetter(function, target, c.Place, c.Frame), key) : null;
        foreach (var name in key.KnownStrings())
        {
            if (module is not null) i.SetProperty(target, name, i.GetProperty(module, name, c.Place, c.Frame), c.Place, c.Frame, false);
            else foreach (var o in target.Objects) o.Write(accessor + " " + name, table is null ? function : i.GetProperty(table, name, c.Place, c.Frame));
        }
    }

    internal static AbstractValue HasOwn(AbstractValue target, AbstractValue key)
    {
        if (key.SingleString is { } name && target.Labels.Length == 0 && target.Types == Prim.None && target.Objects.Length == 1 && target.Objects[0] is { IsOpen: false, Kind: ObjectKind.Plain } o && o.Elements.IsNone && !o.HasOwn("<copied>")) return o.HasOwn(name) ? AbstractValue.AnyBoolean : AbstractValue.False;
        if (!key.HasLabels) return AbstractValue.AnyBoolean;
        var facts = FactSet.Empty;
        // For-in over the object itself gives own keys of it; asked of the attacker's own object it says nothing about another's prototype.
        if (AreKeysOf(key, target)) return AbstractValue.AnyBoolean;
        var table = target.Labels.Length == 0 && target.Objects.Length > 0 && target.Objects.All(x => x.Kind == ObjectKind.Plain && !x.IsOpen && x.Elements.IsNone);
        foreach (var l in key.Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, table ? TaintKinds.All : FactKinds.OwnLookup));
        return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(facts, FactSet.Empty));
    }

    // Where some of the keys are another's, the object is not the one that they were taken from.
    private static bool AreKeysOf(AbstractValue keys, AbstractValue target) => target.Labels.Length > 0
        && target.Labels.All(l => keys.Labels.Any(k => ReferenceEquals(k.Label.Node.Parent, l.Label.Node)))
        && keys.Labels.All(k => target.Labels.Any(l => ReferenceEquals(k.Label.Node.Parent, l.Label.Node)));

    private static AbstractValue TypeTag(Interpreter i, CallSite c)
    {
        var v = c.This;
        if (v.Labels.Length > 0 || v.Proto is not null) return AbstractValue.AnyString.WithTest(TestFacts.From("tag", v.WithTest(null)));
        if (v.Types != Prim.None || v.Constants.Length > 0 || v.Objects.Length == 0) return AbstractValue.AnyString;
        var tags = v.Objects.Select(o => o.Kind switch { ObjectKind.Array => "[object Array]", ObjectKind.Function or ObjectKind.Native or ObjectKind.Bound => "[object Function]", ObjectKind.Regex => "[object RegExp]", ObjectKind.Plain => "[object Object]", _ => "" }).Distinct().Order(StringComparer.Ordinal).ToArray();
        return tags.Contains("") ? AbstractValue.AnyString : new AbstractValue(Prim.None, tags);
    }

    private static AbstractValue Parse(Interpreter i, CallSite c)
    {
        var v = c.Argument(0);
        if (!v.HasLabels) return AbstractValue.Unknown;
        foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.String;
        // What is parsed is as much under control as the text; its own keys may be __proto__.
        return new AbstractValue(Prim.Any, null, null, Interpreter.Traced(v.Labels, c.Place, "parsed as JSON", "JSON.parse"));
    }

    private static AbstractValue Stringify(Interpreter i, CallSite c)
    {
        var labels = Interpreter.DeepLabels(c.Argument(0), 2);
        return labels.Length == 0 ? AbstractValue.AnyString : new AbstractValue(Prim.String, null, null, Interpreter.Traced(labels, c.Place, "written as JSON", "JSON.stringify"));
    }
}
