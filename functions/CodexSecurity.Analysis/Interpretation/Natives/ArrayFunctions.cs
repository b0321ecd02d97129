using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Array.prototype and Array.</summary>
internal static class ArrayFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var name in (ReadOnlySpan<string>)["forEach", "map", "filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex", "flatMap"])
        {
            t["Array." + name] = (i, c) => Each(i, c, name, c.This, c.Argument(0), c.Argument(1));
        }
        t["Array.reduce"] = t["Array.reduceRight"] = (i, c) => Reduce(i, c, c.This, c.Argument(0), c.Arguments.Length > 1 ? c.Arguments[1] : null);
        t["Array.push"] = t["Array.unshift"] = Push;
        t["Array.shift"] = Shift;
        t["Array.pop"] = t["Array.at"] = (i, c) => i.ElementsOf(c.This).Join(AbstractValue.Undefined);
        t["Array.slice"] = t["Array.concat"] = t["Array.reverse"] = t["Array.flat"] = t["Array.fill"] = t["Array.toSorted"] = t["Array.toReversed"] = t["Array.toSpliced"] = t["Array.copyWithin"] = Copy;
        t["Array.sort"] = (i, c) => { i.CallBack(c.Frame, c.Place, c.Argument(0), [i.ElementsOf(c.This), i.ElementsOf(c.This)], AbstractValue.Undefined); return c.This; };
        t["Array.splice"] = (i, c) =>
        {
            for (var k = 2; k < c.Arguments.Length; k++) foreach (var o in c.This.Objects) o.WriteElement(c.Arguments[k]);
            return Copy(i, c);
        };
        t["Array.join"] = Join;
        t["Array.toString"] = Join;
        t["Array.indexOf"] = t["Array.lastIndexOf"] = (_, c) => AbstractValue.AnyNumber.WithTest(Search(c));
        t["Array.includes"] = (_, c) => AbstractValue.AnyBoolean.WithTest(Guards.Contains(c.This, c.Argument(0).SingleString, c.Argument(0)));
        t["Array.keys"] = (i, c) => List(i, c, AbstractValue.AnyNumber);
        t["Array.values"] = (i, c) => List(i, c, i.ElementsOf(c.This));
        t["Array.entries"] = (i, c) => List(i, c, i.ArrayOf(c.Frame.Activation, c.Place.Start, 101, [AbstractValue.AnyNumber, i.ElementsOf(c.This)], c.Place).Value);
        t["Array.isArray"] = (_, c) =>
        {
            foreach (var l in c.Argument(0).Labels) l.Label.Node.Literals.Add("<array>");
            var v = c.Argument(0);
            if (v.Labels.Length == 0 && v.Types == Prim.None && v.Objects.Length > 0 && v.Constants.Length == 0)
            {
                if (v.Objects.All(o => o.Kind == ObjectKind.Array)) return AbstractValue.True;
                if (v.Objects.All(o => o.Kind is ObjectKind.Function or ObjectKind.Regex)) return AbstractValue.False;
            }
            if (v.Labels.Length != 1 && v.Proto is null) return AbstractValue.AnyBoolean;
            var yes = v.Proto is { } reach ? reach.Facts(TaintKinds.ProtoKey | TaintKinds.CtorKey) : FactSet.Empty;
            return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(yes, FactSet.Empty, v.Labels.Length == 1 ? new Comparison(v.Labels[0].Label.Node, "typeof", "array") : null));
        };
        t["Array.from"] = (i, c) => c.Arguments.Length > 1 ? Each(i, c, "map", List(i, c, i.ElementsOf(c.Argument(0)).Join(AbstractValue.Undefined)), c.Argument(1), AbstractValue.Undefined) : List(i, c, i.ElementsOf(c.Argument(0)));
        t["Array.of"] = t["Array"] = t["new Array"] = (i, c) => c.Arguments.Length == 1 && c.Arguments[0].Types == Prim.Number ? List(i, c, AbstractValue.None) : i.ArrayOf(c.Frame.Activation, c.Place.Start, 102, c.Arguments, c.Place).Value;
        // The receiver may be a text or a list.
        t["Any.slice"] = t["Any.concat"] = (i, c) => StringFunctions.Carry(i, c, "slice").Join(c.This.Objects.Length > 0 || c.Path.EndsWith("concat", StringComparison.Ordinal) ? Copy(i, c) : AbstractValue.None);
        t["Any.at"] = (i, c) => StringFunctions.Carry(i, c, "at").Join(i.ElementsOf(c.This));
        t["Any.indexOf"] = t["Any.lastIndexOf"] = (_, c) => AbstractValue.AnyNumber.WithTest(Search(c));
        t["Any.includes"] = (_, c) => AbstractValue.AnyBoolean.WithTest(Guards.Contains(c.This, c.Argument(0).SingleString, c.Argument(0)));
    }

    internal static TestFacts Search(CallSite c) =>
        new(FactSet.Empty, FactSet.Empty, null, true, "indexOf", new ValueList([c.This, c.Argument(0)]), c.Argument(0).SingleString);

    /// <summary>A new list with these elements.</summary>
    internal static AbstractValue List(Interpreter i, CallSite c, AbstractValue elements, int kind = 103)
    {
        var array = i.NewObject(c.Frame.Activation, c.Place.Start, kind, ObjectKind.Array, c.Place);
        if (!elements.IsNone) array.WriteElement(elements.Test is null ? elements : elements.WithTest(null));
        return array.Value;
    }

    internal static AbstractValue Each(Interpreter i, CallSite c, string name, AbstractValue list, AbstractValue callback, AbstractValue self)
    {
        var items = i.ElementsOf(list);
        if (items.IsNone && list.Labels.Length == 0) return name is "map" or "filter" or "flatMap" ? List(i, c, AbstractValue.None) : AbstractValue.Undefined;
        // Known short lists run item by item, in order, so that each name leads to its own value.
        var result = AbstractValue.None;
        if (list.Objects.Length == 1 && list.Labels.Length == 0 && list.Objects[0].Kind == ObjectKind.Array && list.Objects[0].FieldNames.Count is > 0 and <= 24 && Precise(list.Objects[0]))
        {
            for (var k = 0; k < list.Objects[0].FieldNames.Count && list.Objects[0].TryGetOwn(Interpreter.Index(k), out var item); k++) result = result.Join(i.CallBack(c.Frame, c.Place, callback, [item, AbstractValue.Of(k), list], self));
        }
        else result = i.CallBack(c.Frame, c.Place, callback, [items, AbstractValue.AnyNumber, list], self);
        return name switch
        {
            "map" => List(i, c, result),
            "flatMap" => List(i, c, i.ElementsOf(result).Join(result)),
            "filter" => List(i, c, Filtered(i, items, result)),
            "find" or "findLast" => items.Join(AbstractValue.Undefined),
            "some" => AbstractValue.AnyBoolean.WithTest(Some(items, result)),
            "every" => AbstractValue.AnyBoolean.WithTest(Every(result)),
            "forEach" => AbstractValue.Undefined,
            _ => AbstractValue.AnyNumber,
        };
    }

    // The first call outside of loops gives the first element; a later one may give that too, where the first was not made.
    private static AbstractValue Shift(Interpreter i, CallSite c)
    {
        var all = i.ElementsOf(c.This).Join(AbstractValue.Undefined);
        var code = c.Frame.Activation.Code;
        if (c.This.HasLabels || c.This.Objects is not [{ Kind: ObjectKind.Array } list] || !Precise(list))
        {
            foreach (var o in c.This.Objects) if (o.Kind == ObjectKind.Array) o.TakenBefore(code, c.Place.Start, true);
            return all;
        }
        var before = list.TakenBefore(code, c.Place.Start, c.Frame.Activation.Module.Info(code).Repeats(c.Place.Start));
        var taken = AbstractValue.Undefined;
        for (var k = 0; k <= before; k++)
        {
            if (!list.TryGetOwn(Interpreter.Index(k), out var item)) return all;
            taken = taken.Join(item);
        }
        return before < 0 ? all : taken;
    }

    private static bool Precise(HeapObject array)
    {
        var joined = AbstractValue.None;
        foreach (var n in array.FieldNames) { array.TryGetOwn(n, out var v); joined = joined.Join(v); }
        return joined.Equals(array.Elements);
    }

    // filter keeps what passed the test.
    private static AbstractValue Filtered(Interpreter i, AbstractValue items, AbstractValue passed)
    {
        if (passed.Test?.IfTrue is not { IsEmpty: false } facts) return items;
        var labels = items.Labels.Select(l => l with { Label = i.Labels.Label(l.Label.Node, l.Label.Removed | facts.KindsOf(l.Label), l.Label.Marks) }).ToArray();
        return new AbstractValue(items.Types, items.Constants, items.Objects, labels, items.Text, null, items.Proto);
    }

    // No element passed the test: then each of them failed it.
    private static TestFacts? Some(AbstractValue items, AbstractValue passed) => items.HasLabels && passed.Test?.IfFalse is { } none ? TestFacts.Boolean(FactSet.Empty, none) : null;
    private static TestFacts? Every(AbstractValue passed) => passed.Test?.IfTrue is { } all ? TestFacts.Boolean(all, FactSet.Empty) : null;

    internal static AbstractValue Reduce(Interpreter i, CallSite c, AbstractValue list, AbstractValue callback, AbstractValue? first)
    {
        var items = i.ElementsOf(list);
        // The first item, then what the callback gave: not the item at hand, though both come from the list.
        var accumulated = first ?? items.Join(i.NewObject(c.Frame.Activation, c.Place.Start, 105, ObjectKind.Plain, c.Place).Value);
        for (var round = 0; round < 3; round++)
        {
            var next = accumulated.Join(i.CallBack(c.Frame, c.Place, callback, [accumulated, items, AbstractValue.AnyNumber, list], AbstractValue.Undefined));
            if (next.Equals(accumulated)) break;
            accumulated = next;
        }
        return accumulated;
    }

    private static AbstractValue Push(Interpreter i, CallSite c)
    {
        foreach (var o in c.This.Objects)
        {
            foreach (var a in c.Arguments) o.WriteElement(a.Test is null ? a : a.WithTest(null));
        }
        foreach (var l in c.This.Labels) foreach (var a in c.Arguments) i.SetIndex(c.This.WithLabels([l]), AbstractValue.AnyNumber, a, c.Place, c.Frame);
        return AbstractValue.AnyNumber;
    }

    internal static AbstractValue Copy(Interpreter i, CallSite c)
    {
        var elements = i.ElementsOf(c.This);
        if (c.Path.EndsWith("concat", StringComparison.Ordinal))
        {
            foreach (var a in c.Arguments)
            {
                var isList = a.Objects.Any(o => o.Kind == ObjectKind.Array) || a.HasLabels;
                elements = elements.Join(isList ? i.ElementsOf(a) : a);
            }
        }
        if (c.Path.EndsWith("flat", StringComparison.Ordinal)) elements = elements.Join(i.ElementsOf(elements));
        // arguments and lists keep the position of their items from the start.
        var copy = List(i, c, elements);
        if (c.Path.EndsWith("slice", StringComparison.Ordinal) && c.This.Objects.Length == 1 && (c.Arguments.Length == 0 || c.Argument(0).SingleConstant() is double))
        {
            var from = c.Arguments.Length == 0 ? 0 : (int)Math.Clamp((double)c.Argument(0).SingleConstant()!, -64, 64);
            if (from >= 0) for (var k = from; c.This.Objects[0].TryGetOwn(Interpreter.Index(k), out var item) && k < 64; k++) copy.Objects[0].Write(Interpreter.Index(k - from), item);
        }
        return copy;
    }

    private static AbstractValue Join(Interpreter i, CallSite c)
    {
        var separator = c.Arguments.Length > 0 && c.Argument(0).SingleString is { } s ? s : ",";
        if (c.This.Objects.Length == 1 && c.This.Labels.Length == 0 && c.This.Objects[0].FieldNames.Count is > 0 and <= 12 && Precise(c.This.Objects[0]))
        {
            var text = AbstractValue.Of("");
            for (var k = 0; c.This.Objects[0].TryGetOwn(Interpreter.Index(k), out var item); k++) text = Interpreter.Append(k == 0 ? text : Interpreter.Append(text, AbstractValue.Of(separator), c.Place), item, c.Place);
            return text;
        }
        var elements = i.ElementsOf(c.This);
        if (!elements.HasLabels) return AbstractValue.AnyString;
        return new AbstractValue(Prim.String, null, null, Interpreter.Traced(elements.Labels, c.Place, "joined into a text", "join"));
    }
}
