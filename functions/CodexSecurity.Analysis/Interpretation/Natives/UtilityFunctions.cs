using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Utility libraries in wide use: lodash and its like, async, object mergers.</summary>
internal static class UtilityFunctions
{
    private static readonly string[] Lodash = ["lodash", "underscore", "_", "ramda", "lodash/fp", "lodash-es"];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var lib in Lodash)
        {
            foreach (var (name, array) in (ReadOnlySpan<(string, string)>)[("each", "forEach"), ("forEach", "forEach"), ("map", "map"), ("collect", "map"), ("filter", "filter"), ("select", "filter"), ("reject", "filter"), ("find", "find"), ("some", "some"), ("any", "some"), ("every", "every"), ("flatMap", "flatMap"), ("mapValues", "map"), ("forOwn", "forEach"), ("forIn", "forEach"), ("times", "map"), ("omitBy", "filter"), ("pickBy", "filter"), ("eachRight", "forEach"), ("partition", "filter"), ("groupBy", "map"), ("sortBy", "filter"), ("keyBy", "map"), ("uniqBy", "filter")])
            {
                Both(t, lib, name, (i, c) => Collection(i, c, array, c.Argument(0), c.Argument(1)));
            }
            foreach (var name in (ReadOnlySpan<string>)["reduce", "foldl", "inject", "transform"]) Both(t, lib, name, (i, c) => Reduce(i, c));
            foreach (var name in (ReadOnlySpan<string>)["extend", "assign", "assignIn", "defaults", "merge", "defaultsDeep", "mergeWith", "extendOwn", "mergeAll", "mergeRight"]) Both(t, lib, name, (i, c) => ObjectFunctions.Assign(i, c));
            foreach (var name in (ReadOnlySpan<string>)["clone", "cloneDeep", "compact", "uniq", "unique", "flatten", "flattenDeep", "shuffle", "toArray", "values", "pick", "omit", "without", "difference", "union", "tail", "rest", "initial", "chain", "drop", "take", "castArray", "reverse", "identity", "constant", "wrap", "debounce", "throttle", "once", "trim", "toLower", "toUpper", "camelCase", "kebabCase", "snakeCase", "capitalize", "startCase", "upperFirst", "lowerFirst"]) Both(t, lib, name, (_, c) => Handed(c));
            foreach (var name in (ReadOnlySpan<string>)["first", "head", "last", "sample", "max", "min"]) Both(t, lib, name, (i, c) => i.ElementsOf(c.Argument(0)));
            Both(t, lib, "keys", (i, c) => ArrayFunctions.List(i, c, i.KeysOf(c.Argument(0), c.Place)));
            Both(t, lib, "get", (i, c) => c.Argument(1).SingleString is { } path ? path.Split('.').Aggregate(c.Argument(0), (v, n) => i.GetProperty(v, n, c.Place, c.Frame)) : i.GetIndex(c.Argument(0), c.Argument(1), c.Place, c.Frame).WithProto(null));
            Both(t, lib, "has", (_, c) => ObjectFunctions.HasOwn(c.Argument(0), c.Argument(1)));
            Both(t, lib, "bind", (i, c) => FunctionFunctions.Bind(i, c, c.Argument(0), c.Argument(1), c.Arguments.Length > 2 ? c.Arguments[2..] : []));
            Both(t, lib, "partial", (i, c) => FunctionFunctions.Bind(i, c, c.Argument(0), AbstractValue.Undefined, c.Arguments.Length > 1 ? c.Arguments[1..] : []));
            foreach (var name in (ReadOnlySpan<string>)["isString", "isObject", "isArray", "isFunction", "isNumber", "isPlainObject", "isEmpty", "isUndefined", "isNull", "isNil", "isBoolean", "isDate", "isRegExp", "isEqual"])
            {
                Both(t, lib, name, (_, c) =>
                {
                    var facts = name == "isString" ? Interpreter.FactsOf(c.Argument(0), FactKinds.IsText) : name is "isNumber" or "isBoolean" or "isNil" or "isUndefined" ? Interpreter.FactsOf(c.Argument(0), TaintKinds.All) : FactSet.Empty;
                    foreach (var l in c.Argument(0).Labels) l.Label.Node.Literals.Add("<" + name[2..].ToLowerInvariant() + ">");
                    return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(facts.Union(Looked(c.Argument(0), name)), FactSet.Empty));
                });
            }
            Both(t, lib, "escape", (i, c) => c.Argument(0).HasLabels ? new AbstractValue(Prim.String, null, null, i.Without(c.Argument(0).Labels, TaintKinds.HtmlText)) : AbstractValue.AnyString);
            Both(t, lib, "defer", (i, c) => i.CallBack(c.Frame, c.Place, c.Argument(0), [], AbstractValue.Undefined));
        }
        foreach (var name in (ReadOnlySpan<string>)["extend", "jQuery.extend", "xtend", "object-assign", "deep-extend", "defaults", "merge", "deepmerge", "lodash.merge", "lodash.assign", "lodash.defaults", "util._extend", "utils-merge", "merge-descriptors", "extend-shallow", "xtend/mutable", "merge-options", "defaults-deep", "assign-deep", "node.extend", "object.assign", "lodash.defaultsdeep", "lodash.assignin"])
        {
            t[name] = (i, c) =>
            {
                var target = c.Argument(0);
                var from = c.Arguments.Skip(1).ToArray();
                // extend(true, target, …); merge(a, b) and xtend(a, b) make a new object.
                if (target.Constants.Any(k => k is bool) && c.Arguments.Length > 1) (target, from) = (c.Arguments[1], c.Arguments[2..]);
                var made = i.NewObject(c.Frame.Activation, c.Place.Start, 190, ObjectKind.Plain, c.Place).Value;
                i.CopyProperties(made, target, c.Place, c.Frame);
                foreach (var f in from) { i.CopyProperties(made, f, c.Place, c.Frame); i.CopyProperties(target, f, c.Place, c.Frame); }
                return made.Join(target);
            };
        }
        // Packages that are one function of this kind.
        foreach (var name in (ReadOnlySpan<string>)["for-in", "for-own", "foreach", "for-each", "object-each", "each", "component-each", "lodash.foreach", "lodash.forown", "fast.js/forEach", "fast.js/object/forEach"]) t[name] = (i, c) => Collection(i, c, "forEach", c.Argument(0), c.Argument(1));
        foreach (var name in (ReadOnlySpan<string>)["is-plain-object", "is-plain-object.isPlainObject", "is-plain-obj", "lodash.isplainobject", "isobject", "is-object", "lodash.isobjectlike", "is.plain-object"])
        {
            t[name] = (_, c) => AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(Looked(c.Argument(0), "isPlainObject"), FactSet.Empty));
        }
        // No object, so no array that would pass a comparison and still be that key.
        t["is-primitive"] = (_, c) => AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(Interpreter.FactsOf(c.Argument(0), FactKinds.IsText), FactSet.Empty));
        RegisterAsync(t);
    }

    // A plain object is no function, so it was not found under "constructor"; Object.prototype itself is one.
    private static FactSet Looked(AbstractValue value, string test) => value.Proto is not { } reach ? FactSet.Empty : test switch
    {
        "isPlainObject" or "isPlainObj" or "isObjectLike" => reach.Facts(TaintKinds.CtorKey),
        "isArray" or "isString" or "isNumber" or "isBoolean" or "isDate" or "isRegExp" or "isNil" or "isNull" or "isUndefined" or "isEmpty" => reach.Facts(TaintKinds.ProtoKey | TaintKinds.CtorKey),
        "isFunction" => reach.Facts(TaintKinds.ProtoKey),
        _ => FactSet.Empty,
    };

    private static void Both(Dictionary<string, NativeFunction> t, string lib, string name, NativeFunction f)
    {
        t[lib + "." + name] = f;
        if (lib == "lodash") { t["lodash/" + name] = f; t["lodash." + name.ToLowerInvariant()] = t.GetValueOrDefault("lodash." + name.ToLowerInvariant()) ?? f; t["lodash." + name] = f; }
    }

    private static AbstractValue Handed(CallSite c)
    {
        var v = c.Argument(0);
        return v.Test is null ? v : v.WithTest(null);
    }

    private static AbstractValue Collection(Interpreter i, CallSite c, string name, AbstractValue list, AbstractValue callback)
    {
        if (list.Objects.All(o => o.Kind == ObjectKind.Array) && list.Labels.Length == 0) return ArrayFunctions.Each(i, c, name, list, callback, c.Argument(2));
        // Objects: value and key.
        var values = i.GetIndex(list, AbstractValue.AnyString, c.Place, c.Frame);
        var result = AbstractValue.None;
        if (list.Labels.Length == 0 && list.Objects.Length == 1 && list.Objects[0].FieldNames.Count is > 0 and <= 24 && list.Objects[0].Elements.IsNone)
        {
            foreach (var field in list.Objects[0].FieldNames) if (Interpreter.IsField(field) && list.Objects[0].TryGetOwn(field, out var v)) result = result.Join(i.CallBack(c.Frame, c.Place, callback, [v, AbstractValue.Of(field), list], c.Argument(2)));
        }
        else
        {
            result = i.CallBack(c.Frame, c.Place, callback, [values, i.KeysOf(list, c.Place), list], c.Argument(2));
        }
        return name switch
        {
            "map" or "flatMap" => ArrayFunctions.List(i, c, result),
            "filter" => ArrayFunctions.List(i, c, values),
            "find" => values,
            "some" or "every" => AbstractValue.AnyBoolean,
            _ => list,
        };
    }

    private static AbstractValue Reduce(Interpreter i, CallSite c)
    {
        var list = c.Argument(0);
        var items = i.ElementsOf(list).Join(list.Labels.Length > 0 || list.Objects.Any(o => o.Kind == ObjectKind.Plain) ? i.GetIndex(list, AbstractValue.AnyString, c.Place, c.Frame) : AbstractValue.None);
        var accumulated = c.Arguments.Length > 2 ? c.Arguments[2] : items;
        for (var round = 0; round < 3; round++)
        {
            var next = accumulated.Join(i.CallBack(c.Frame, c.Place, c.Argument(1), [accumulated, items, i.KeysOf(list, c.Place), list], AbstractValue.Undefined));
            if (next.Equals(accumulated)) break;
            accumulated = next;
        }
        return accumulated;
    }

    // async: tasks get a callback (error, result); waterfall hands results to the next task.
    private static void RegisterAsync(Dictionary<string, NativeFunction> t)
    {
        foreach (var lib in (ReadOnlySpan<string>)["async", "neo-async", "run-series", "run-parallel", "run-waterfall"])
        {
            t[lib + ".waterfall"] = (i, c) => Waterfall(i, c);
            foreach (var name in (ReadOnlySpan<string>)["series", "parallel", "parallelLimit", "auto", "race", "applyEach"]) t[lib + "." + name] = (i, c) => Tasks(i, c);
            foreach (var name in (ReadOnlySpan<string>)["each", "eachSeries", "eachLimit", "forEach", "forEachSeries", "forEachLimit", "map", "mapSeries", "mapLimit", "filter", "eachOf", "forEachOf", "eachOfSeries", "detect", "some", "every", "concat", "concatSeries"]) t[lib + "." + name] = (i, c) => Items(i, c, name);
            foreach (var name in (ReadOnlySpan<string>)["queue", "cargo", "priorityQueue"]) t[lib + "." + name] = Queue;
        }
        t["run-waterfall"] = (i, c) => Waterfall(i, c);
        t["run-series"] = t["run-parallel"] = (i, c) => Tasks(i, c);
    }

    // A queue hands what is put into it to its worker.
    private static AbstractValue Queue(Interpreter i, CallSite c)
    {
        var queue = i.NewObject(c.Frame.Activation, c.Place.Start, 193, ObjectKind.Plain, c.Place);
        queue.Open();
        queue.Write("<worker>", c.Argument(0));
        foreach (var name in (ReadOnlySpan<string>)["push", "unshift", "pushAsync", "unshiftAsync"])
        {
            queue.Write(name, i.Heap.Get(queue, 0, name, 194, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
            {
                Name = name,
                Native = (x, call) =>
                {
                    var task = call.Argument(0).Join(x.ElementsOf(call.Argument(0)));
                    foreach (var q in call.This.Objects) if (q.TryGetOwn("<worker>", out var worker)) x.CallBack(call.Frame, call.Place, worker, [task, x.External("next", null).Value], AbstractValue.Undefined);
                    return x.CallBack(call.Frame, call.Place, call.Argument(1), [AbstractValue.Null], AbstractValue.Undefined);
                },
            }).Value);
        }
        return queue.Value;
    }

    private static (HeapObject Callback, HeapObject Results) Collector(Interpreter i, CallSite c, int part)
    {
        var results = i.NewObject(c.Frame.Activation, c.Place.Start, 1000 + (part * 2), ObjectKind.Array, c.Place);
        var callback = i.Heap.Get(results, 0, "callback", 1001 + (part * 2), id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "callback",
            Native = (_, call) =>
            {
                for (var k = 1; k < call.Arguments.Length; k++) { results.Write(Interpreter.Index(k - 1), Plain(call.Arguments[k])); results.WriteElement(Plain(call.Arguments[k])); }
                return AbstractValue.Undefined;
            },
        });
        return (callback, results);
    }

    private static AbstractValue Plain(AbstractValue v) => v.Test is null ? v : v.WithTest(null);

    private static AbstractValue[] Passed(HeapObject results)
    {
        var list = new List<AbstractValue>();
        for (var k = 0; k < 8 && results.TryGetOwn(Interpreter.Index(k), out var v); k++) list.Add(v);
        return [.. list];
    }

    private static AbstractValue Waterfall(Interpreter i, CallSite c)
    {
        AbstractValue[] passed = [];
        foreach (var o in c.Argument(0).Objects)
        {
            for (var k = 0; k < 40 && o.TryGetOwn(Interpreter.Index(k), out var task); k++)
            {
                var (callback, results) = Collector(i, c, k);
                i.CallBack(c.Frame, c.Place, task, [.. passed, callback.Value], AbstractValue.Undefined);
                passed = Passed(results);
            }
        }
        return i.CallBack(c.Frame, c.Place, c.Argument(1), [AbstractValue.Null, .. passed], AbstractValue.Undefined);
    }

    private static AbstractValue Tasks(Interpreter i, CallSite c)
    {
        var all = i.NewObject(c.Frame.Activation, c.Place.Start, 192, ObjectKind.Array, c.Place);
        foreach (var o in c.Argument(0).Objects)
        {
            var k = 0;
            foreach (var name in o.FieldNames)
            {
                if (!Interpreter.IsField(name) || !o.TryGetOwn(name, out var task)) continue;
                var (callback, results) = Collector(i, c, 100 + k++);
                foreach (var f in task.Objects.SelectMany(x => x.Kind == ObjectKind.Array ? x.Elements.Objects : [x])) i.CallBack(c.Frame, c.Place, f.Value, [callback.Value], AbstractValue.Undefined);
                all.WriteElement(results.Elements);
                all.Write(name, results.Elements.IsNone ? AbstractValue.Unknown : results.Elements);
            }
        }
        var done = c.Arguments.LastOrDefault(a => a.Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native));
        return done is null ? AbstractValue.Unknown : i.CallBack(c.Frame, c.Place, done, [AbstractValue.Null, all.Value], AbstractValue.Undefined);
    }

    private static AbstractValue Items(Interpreter i, CallSite c, string name)
    {
        var items = i.ElementsOf(c.Argument(0));
        if (c.Argument(0).Objects.Any(o => o.Kind == ObjectKind.Plain)) items = items.Join(i.GetIndex(c.Argument(0), AbstractValue.AnyString, c.Place, c.Frame));
        var functions = c.Arguments.Skip(1).Where(a => a.Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native)).ToArray();
        if (functions.Length == 0) return AbstractValue.Unknown;
        var (callback, results) = Collector(i, c, 200);
        AbstractValue[] given = name.Contains("Of", StringComparison.Ordinal) ? [items, AbstractValue.Unknown, callback.Value] : [items, callback.Value];
        i.CallBack(c.Frame, c.Place, functions[0], given, AbstractValue.Undefined);
        if (functions.Length < 2) return AbstractValue.Unknown;
        return i.CallBack(c.Frame, c.Place, functions[1], [AbstractValue.Null, ArrayFunctions.List(i, c, results.Elements)], AbstractValue.Undefined);
    }
}
