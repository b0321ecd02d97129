namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Promises: an object that holds its result; what is no promise counts as its own result.</summary>
internal static class PromiseFunctions
{
    private const int SpreadOver = 8;

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["new Promise"] = t["new bluebird"] = Construct;
        t["Promise.then"] = (i, c) =>
        {
            var rejected = Interpreter.Rejected(c.Frame, c.This);
            var result = Later(i, c, c.Argument(0), [Interpreter.Awaited(c.This)]);
            if (c.Arguments.Length > 1) (result, rejected) = (result.Join(Later(i, c, c.Argument(1), [Reason(rejected)])), AbstractValue.None);
            return Of(i, c, result, rejected);
        };
        t["Promise.catch"] = (i, c) => Of(i, c, Interpreter.Awaited(c.This).Join(Later(i, c, c.Argument(0), [Reason(Interpreter.Rejected(c.Frame, c.This))])));
        t["Promise.finally"] = (i, c) => { Later(i, c, c.Argument(0), []); return c.This; };
        t["Promise.tap"] = (i, c) => { Later(i, c, c.Argument(0), [Interpreter.Awaited(c.This)]); return c.This; };
        t["Promise.spread"] = (i, c) =>
        {
            var list = Interpreter.Awaited(c.This);
            var items = Enumerable.Range(0, SpreadOver).Select(k => i.GetProperty(list, Interpreter.Index(k), c.Place, c.Frame)).ToArray();
            return Of(i, c, Later(i, c, c.Argument(0), items));
        };
        t["Promise.resolve"] = t["bluebird.resolve"] = t["q.resolve"] = t["q"] = (i, c) => Of(i, c, c.Argument(0));
        t["Promise.reject"] = t["bluebird.reject"] = (i, c) => Of(i, c, AbstractValue.Undefined, c.Argument(0));
        t["Promise.all"] = t["Promise.allSettled"] = t["bluebird.all"] = (i, c) =>
        {
            var items = c.Argument(0).Objects.Length == 1 && c.Argument(0).Objects[0].FieldNames.Count is > 0 and < 32 && c.Argument(0).Objects[0].Kind == ObjectKind.Array
                ? i.ArrayOf(c.Frame.Activation, c.Place.Start, 130, [.. c.Argument(0).Objects[0].Items().Select(Interpreter.Awaited)], c.Place).Value
                : ArrayFunctions.List(i, c, Interpreter.Awaited(i.ElementsOf(c.Argument(0))));
            return Of(i, c, items);
        };
        t["Promise.race"] = t["Promise.any"] = (i, c) => Of(i, c, Interpreter.Awaited(i.ElementsOf(c.Argument(0))));
        t["bluebird.map"] = t["Promise.map"] = t["p-map"] = t["bluebird.mapSeries"] = (i, c) => Of(i, c, ArrayFunctions.Each(i, c, "map", Interpreter.Awaited(c.Argument(0)), c.Argument(1), AbstractValue.Undefined));
        t["bluebird.try"] = t["Promise.try"] = t["bluebird.method"] = (i, c) => Of(i, c, i.CallBack(c.Frame, c.Place, c.Argument(0), [], AbstractValue.Undefined));
        t["q.nfcall"] = t["q.nfapply"] = (i, c) => i.CallValue(c.Frame, c.Place, FunctionFunctions.Promisified(i, c, c.Argument(0), AbstractValue.Undefined), AbstractValue.Undefined, c.Arguments.Length > 1 ? c.Arguments[1..] : []);
        t["q.denodeify"] = t["q.nfbind"] = t["q.promisify"] = t["denodeify"] = t["promise.denodeify"] = t["Promise.denodeify"] = t["rsvp.denodeify"] = t["when/node.lift"] = (i, c) => FunctionFunctions.Promisified(i, c, c.Argument(0), AbstractValue.Undefined);
        t["q.defer"] = t["Promise.defer"] = Defer;
    }

    /// <summary>A promise of a value.</summary>
    internal static AbstractValue Of(Interpreter i, CallSite c, AbstractValue value, AbstractValue? rejected = null)
    {
        var promise = i.NewObject(c.Frame.Activation, c.Place.Start, 131, ObjectKind.Promise, c.Place);
        promise.WriteElement(Described(Interpreter.Awaited(value)));
        if (rejected is not null) Interpreter.Reject(promise, rejected);
        return promise.Value;
    }

    // What a callback throws its promise is rejected with: whoever catches here may get it.
    private static AbstractValue Later(Interpreter i, CallSite c, AbstractValue callback, AbstractValue[] given)
    {
        var (result, thrown) = Interpreter.Deferred(c.Frame, () => i.CallBack(c.Frame, c.Place, callback, given, AbstractValue.Undefined));
        c.Frame.Rejected = c.Frame.Rejected.Join(thrown);
        return result;
    }

    private static AbstractValue Reason(AbstractValue rejected) => AbstractValue.Unknown.Join(rejected);

    private static AbstractValue Described(AbstractValue v) => v.Test is null ? v : v.WithTest(null);

    private static HeapObject Resolver(Interpreter i, CallSite c, HeapObject promise, int part) =>
        i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, part, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "resolve",
            Native = (_, call) => { promise.WriteElement(Described(Interpreter.Awaited(call.Argument(0)))); return AbstractValue.Undefined; },
        });

    private static HeapObject Rejecter(Interpreter i, CallSite c, HeapObject promise, int part) =>
        i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, part, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "reject",
            Native = (_, call) => { Interpreter.Reject(promise, call.Argument(0)); return AbstractValue.Undefined; },
        });

    internal static AbstractValue Construct(Interpreter i, CallSite c)
    {
        var promise = i.NewObject(c.Frame.Activation, c.Place.Start, 132, ObjectKind.Promise, c.Place);
        var (_, thrown) = Interpreter.Deferred(c.Frame, () => i.CallBack(c.Frame, c.Place, c.Argument(0), [Resolver(i, c, promise, 133).Value, Rejecter(i, c, promise, 138).Value], AbstractValue.Undefined));
        Interpreter.Reject(promise, thrown);
        return promise.Value;
    }

    private static AbstractValue Defer(Interpreter i, CallSite c)
    {
        var promise = i.NewObject(c.Frame.Activation, c.Place.Start, 134, ObjectKind.Promise, c.Place);
        var deferred = i.NewObject(c.Frame.Activation, c.Place.Start, 135, ObjectKind.Plain, c.Place);
        deferred.Write("promise", promise.Value);
        deferred.Write("resolve", Resolver(i, c, promise, 136).Value);
        deferred.Write("reject", Rejecter(i, c, promise, 139).Value);
        return deferred.Value;
    }
}
