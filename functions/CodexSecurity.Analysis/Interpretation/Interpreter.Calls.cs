using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

internal sealed partial class Interpreter
{
    private const int StepsPerCall = 8, MaxCallDepth = 160, MaxBuiltinDepth = 32, BuiltinsBeforeMemory = 3, MaxSuspects = 4;
    private readonly Dictionary<string, ApiCall> _apiCalls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string? Path, UsedAs Use)> _sharedMethods = new(StringComparer.Ordinal);
    private int _callDepth;

    /// <summary>The arguments of a call; open where a spread of unknown length is among them.</summary>
    private (AbstractValue[] Values, bool Open) Arguments(Frame frame, in Instruction x)
    {
        var args = frame.Activation.Code.ArgsOf(x);
        if (!x.Flags.HasFlag(InstructionFlags.HasSpread))
        {
            var plain = new AbstractValue[args.Length];
            for (var i = 0; i < plain.Length; i++) plain[i] = frame.Slots[Callable.SlotOf(args[i])];
            return (plain, false);
        }
        var values = new List<AbstractValue>();
        for (var i = 0; i < args.Length; i++)
        {
            var value = frame.Slots[Callable.SlotOf(args[i])];
            if (!Callable.IsSpread(args[i])) { values.Add(value); continue; }
            if (Spread(value, values)) continue;
            values.Add(ElementsOf(value));
            return ([.. values], true);
        }
        return ([.. values], false);
    }

    /// <summary>Adds the items of an array whose length is known.</summary>
    private static bool Spread(AbstractValue value, List<AbstractValue> into)
    {
        if (value.Objects.Length != 1 || value.Objects[0].Kind != ObjectKind.Array || value.Labels.Length > 0 || (value.Types & Prim.Other) != 0) return false;
        var array = value.Objects[0];
        if (array.FieldNames.Count == 0) return array.Elements.IsNone;
        for (var i = 0; i < 64 && array.TryGetOwn(Index(i), out var item); i++) into.Add(item);
        return true;
    }

    private AbstractValue Call(Frame frame, in Instruction x, AbstractValue callee, AbstractValue self, string name)
    {
        var (arguments, open) = Arguments(frame, x);
        return CallValue(frame, PlaceOf(frame, x), callee, self, arguments, open, name);
    }

    /// <summary>Calls whatever a value may be.</summary>
    internal AbstractValue CallValue(Frame frame, Place place, AbstractValue callee, AbstractValue self, AbstractValue[] arguments, bool open = false, string name = "")
    {
        var result = AbstractValue.None;
        var before = frame.Facts;
        FactSet? after = null;
        var callable = Array.Exists(callee.Objects, IsCallable);
        var escaped = false;
        var guessing = frame.IsGuess;
        frame.IsGuess = (callee.Types & Prim.Other) != 0 && callee.Objects.Length > MaxSuspects;
        foreach (var o in callee.Objects)
        {
            // Calling anything else throws.
            if (callable && !IsCallable(o)) continue;
            frame.Facts = before;
            if (o.Kind == ObjectKind.External && ApiCallOf(o.Name) is { IsUnknown: true } api)
            {
                // Several APIs that nothing is known of do the same with what they are given: it is given to the first.
                if (escaped) { result = result.Join(Returned(o, api, false)); continue; }
                escaped = true;
            }
            result = result.Join(CallObject(frame, place, o, self, arguments, open, false));
            after = TestFacts.Both(after, frame.Facts);
        }
        frame.Facts = after ?? before;
        frame.IsGuess = guessing;
        if (callee.Labels.Length > 0)
        {
            foreach (var l in callee.Labels)
            {
                l.Label.Node.Uses |= UsedAs.Function;
                l.Label.Node.CallArguments = Math.Max(l.Label.Node.CallArguments, arguments.Length);
            }
            // What the caller's function makes of the attacker's value is the attacker's, as with any function that is not known; so is what it calls back with.
            var own = GivesOwn(self, name);
            if (own && IsGetter(name)) return result.Join(new AbstractValue(Prim.Any, null, null, Traced(self.Labels, place, "one of its values is read")));
            var carried = Propagated(own ? self : AbstractValue.Undefined, arguments, place, name.Length > 0 ? name : "a function that the caller gives");
            if (HasFunction(arguments)) EscapeCallbacks(frame, place, arguments, carried);
            result = result.Join(carried);
        }
        else if ((callee.Types & Prim.Other) != 0 || callee.Objects.Length == 0)
        {
            EscapeCallbacks(frame, place, arguments, ArchiveEntries.Given(this, name, arguments, place));
            result = result.Join(Propagated(self, arguments, place, name.Length > 0 ? name : "an unknown function"));
        }
        return result.IsNone ? AbstractValue.Undefined : result;
    }

    // What came in as data has no methods but those of what the program made of it: "searchParams.get(name)". Whoever calls a library may hand over
    // objects with methods of their own; that those give something of the attacker's is not taken for granted.
    private static bool GivesOwn(AbstractValue self, string name) =>
        self.Labels.Length > 0 && Array.TrueForAll(self.Labels, l => l.Label.Node.Source.Kind != TaintSource.OfCallers || (IsGetter(name) && l.Trace.Steps().Any(s => s.Transformation is "new URL" or "url.parse" or "querystring.parse")));

    private static bool IsGetter(string name) => name is "get" or "getAll" or "getItem";

    private static bool HasFunction(AbstractValue[] values)
    {
        foreach (var v in values) foreach (var o in v.Objects) if (o.Kind == ObjectKind.Function) return true;
        return false;
    }

    internal AbstractValue CallObject(Frame frame, Place place, HeapObject o, AbstractValue self, AbstractValue[] arguments, bool open, bool isNew)
    {
        // Built-in functions that call each other run no instruction: calls cost steps as well, and have a depth of their own.
        _stepsLeft -= StepsPerCall;
        if (_stepsLeft <= 0 || _callDepth >= MaxCallDepth || (frame.BuiltinDepth >= MaxBuiltinDepth && o.Kind != ObjectKind.Function)) return AbstractValue.Unknown;
        _callDepth++;
        var result = o.Kind == ObjectKind.Function || frame.BuiltinDepth < BuiltinsBeforeMemory
            ? Nested(frame, place, o, self, arguments, open, isNew) : Repeated(frame, place, o, self, arguments, open, isNew);
        _callDepth--;
        return result;
    }

    private AbstractValue Nested(Frame frame, Place place, HeapObject o, AbstractValue self, AbstractValue[] arguments, bool open, bool isNew)
    {
        frame.BuiltinDepth++;
        var result = Dispatch(frame, place, o, self, arguments, open, isNew);
        if (--frame.BuiltinDepth == 0) frame.BuiltinCalls = null;
        return result;
    }

    // Bound and built-in functions that lead to each other (joined objects) would call each other in every order: below one
    // instruction each runs once with the same values, as functions of the program do in a round.
    private AbstractValue Repeated(Frame frame, Place place, HeapObject o, AbstractValue self, AbstractValue[] arguments, bool open, bool isNew)
    {
        var calls = frame.BuiltinCalls ??= [];
        var key = new BuiltinCall(o, self, arguments, place.Start, isNew);
        if (calls.TryGetValue(key, out var known)) return known;
        calls[key] = AbstractValue.Unknown;
        return calls[key] = Nested(frame, place, o, self, arguments, open, isNew);
    }

    private AbstractValue Dispatch(Frame frame, Place place, HeapObject o, AbstractValue self, AbstractValue[] arguments, bool open, bool isNew)
    {
        switch (o.Kind)
        {
            case ObjectKind.Function:
                if (o.CompilerHelper is { } helper) return helper(this, new CallSite(frame, place, self, arguments, isNew, open, o.Code?.Name ?? "") { Callee = o });
                if (o.Code is null) return AbstractValue.Undefined;
                var result = Invoke(o, self, arguments, frame, place);
                foreach (var check in o.Code.Checks) if (check.Index < arguments.Length && !open) Hold(frame, arguments[check.Index], check.Holds);
                return result;
            case ObjectKind.Bound:
                return CallValue(frame, place, o.TryGetOwn("<target>", out var target) ? target : AbstractValue.Unknown, o.BoundThis ?? AbstractValue.Undefined, [.. o.BoundArguments, .. arguments], open);
            case ObjectKind.Native: return o.Native!(this, new CallSite(frame, place, self, arguments, isNew, open, o.Name) { Callee = o });
            case ObjectKind.External: return CallExternal(new CallSite(frame, place, self, arguments, isNew, open, o.Name) { Callee = o });
            default:
                EscapeCallbacks(frame, place, arguments);
                return AbstractValue.Unknown;
        }
    }

    private AbstractValue CallMethod(Frame frame, in Instruction x, AbstractValue target, string name)
    {
        var (arguments, open) = Arguments(frame, x);
        return CallMethod(frame, PlaceOf(frame, x), target, name, arguments, open);
    }

    /// <summary>Calls target.name(arguments).</summary>
    internal AbstractValue CallMethod(Frame frame, Place place, AbstractValue target, string name, AbstractValue[] arguments, bool open = false)
    {
        var isOpen = target.Labels.Length > 0 || (target.Types & Prim.Other) != 0;
        var builtin = isOpen ? SharedMethod(name).Path ?? Interpretation.Natives.Frameworks.UploadMethod(target, name) : null;
        if (builtin is null)
        {
            var method = GetProperty(target, name, place, frame);
            // What an asynchronous function gives stands for its promise: anything else without such a method would throw.
            if (!isOpen && name is "then" or "catch" or "finally" && !Array.Exists(method.Objects, IsCallable)) return CallExternal(new CallSite(frame, place, target, arguments, false, open, "Promise." + name));
            if (!frame.IsGuess && arguments.Length > 0 && Statements.Runs(name, arguments[0]) && !Array.Exists(method.Objects, IsKnownCall)) Reports.Statement(frame, place, name, arguments[0]);
            return CallValue(frame, place, method, target, arguments, open, name);
        }
        // A method that every text or list has: the attacker's value is one.
        foreach (var l in target.Labels) l.Label.Node.Uses |= SharedMethod(name).Use;
        var result = CallExternal(new CallSite(frame, place, target, arguments, false, open, builtin));
        foreach (var o in target.Objects)
        {
            var own = ReadField(o, name, target, place, frame);
            if (own.Objects.Any(f => IsCallable(f) && (f.Kind != ObjectKind.External || !Builtins.IsTypeMember(f.Name, name)))) result = result.Join(CallValue(frame, place, own, o.Value, arguments, open, name));
        }
        return result;
    }

    // Its body is run, or a model says what it does with its arguments.
    private bool IsKnownCall(HeapObject o) => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native || (o.Kind == ObjectKind.External && ApiCallOf(o.Name) is var api && (api.Native is not null || api.Model is { DoesNothing: false }));

    private static bool IsCallable(HeapObject o) => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native or ObjectKind.External;

    // Which built-in method a name is on a value whose type is not known, and what calling it says of the value.
    private (string? Path, UsedAs Use) SharedMethod(string name)
    {
        if (_sharedMethods.TryGetValue(name, out var known)) return known;
        var path = Builtins.Shared(name);
        return _sharedMethods[name] = (path, path is null ? UsedAs.None : UseOf(name));
    }

    private static UsedAs UseOf(string name) =>
        Builtins.IsOnly("String", name) ? UsedAs.String : Builtins.IsOnly("Array", name) ? UsedAs.Array
            : name is "then" or "catch" ? UsedAs.Promise : name is "call" or "apply" or "bind" ? UsedAs.Function : name is "exec" or "test" ? UsedAs.RegExp : UsedAs.None;

    private AbstractValue New(Frame frame, in Instruction x, AbstractValue callee)
    {
        var (arguments, open) = Arguments(frame, x);
        return NewValue(frame, PlaceOf(frame, x), callee, arguments, open, frame.Activation);
    }

    /// <summary>Constructs an object.</summary>
    internal AbstractValue NewValue(Frame frame, Place place, AbstractValue callee, AbstractValue[] arguments, bool open, object context)
    {
        var result = AbstractValue.None;
        foreach (var o in callee.Objects)
        {
            switch (o.Kind)
            {
                case ObjectKind.Function:
                    var made = Heap.Get(place.File is null ? o : place.File, place.Start, context, 20 + (o.Id % 1000 * 8), id => new HeapObject(id, ObjectKind.Plain, place, Heap));
                    made.AddPrototype(GetProperty(o.Value, "prototype", place, frame));
                    if (o.Code is null) Construct(frame, place, o, made.Value, arguments, open);
                    else
                    {
                        var returned = Invoke(o, made.Value, arguments, frame, place);
                        if (returned.Objects.Length > 0 && !o.IsClass) result = result.Join(new AbstractValue(Prim.None, null, [.. returned.Objects.Where(r => r.Kind != ObjectKind.Iterator)]));
                    }
                    result = result.Join(made.Value);
                    break;
                case ObjectKind.External: result = result.Join(CallExternal(new CallSite(frame, place, AbstractValue.Undefined, arguments, true, open, "new " + o.Name) { Callee = o })); break;
                case ObjectKind.Native: result = result.Join(o.Native!(this, new CallSite(frame, place, AbstractValue.Undefined, arguments, true, open, o.Name) { Callee = o })); break;
                case ObjectKind.Bound:
                    result = result.Join(NewValue(frame, place, o.TryGetOwn("<target>", out var target) ? target : AbstractValue.Unknown, [.. o.BoundArguments, .. arguments], open, context));
                    break;
                default: result = result.Join(AbstractValue.Unknown); break;
            }
        }
        if (callee.Labels.Length > 0)
        {
            foreach (var l in callee.Labels) l.Label.Node.Uses |= UsedAs.Function;
            EscapeCallbacks(frame, place, arguments);
            result = result.Join(AbstractValue.Unknown);
        }
        if (result.IsNone)
        {
            EscapeCallbacks(frame, place, arguments);
            result = Propagated(AbstractValue.Undefined, arguments, place, "a constructor");
        }
        return result;
    }

    /// <summary>Calls an API: built-in semantics first, then its model, then what unknown code is taken to do.</summary>
    internal AbstractValue CallExternal(CallSite call)
    {
        var api = ApiCallOf(call.Path);
        if (api.Model is { } model)
        {
            if (!call.Frame.IsGuess)
            {
                Reports.Call(this, call, model, api.Shown);
                if (model.View is { } view) TemplatePages.Fill(this, call, view, api.Path);
            }
            return api.Native is { } semantics ? Sanitized(semantics(this, call), model) : Modelled(call, model, api.Path);
        }
        return api.Native is { } native ? native(this, call) : UnknownCall(call, api);
    }

    /// <summary>What a call of an API does that has semantics of its own in other cases only.</summary>
    internal AbstractValue WithoutSemantics(CallSite call) => UnknownCall(call, ApiCallOf(call.Path));

    private ApiCall ApiCallOf(string path)
    {
        if (_apiCalls.TryGetValue(path, out var before)) return before;
        var normalized = Models.Normalize(path);
        // A constructor goes by its own name, what it makes by that of its type: where that is all that is known of it, it hands on what it was given.
        var byType = Models.FindCall(normalized);
        var own = Models.FindCall(path) is { } known && !(known.DoesNothing && known.Fact is null) ? known : byType;
        return _apiCalls[path] = new ApiCall(normalized, own, Interpretation.Natives.NativeTable.Find(normalized)) { Shown = own is null || own == byType ? normalized : own.Callable };
    }

    // A built-in function computes; what it makes safe is data.
    private AbstractValue Sanitized(AbstractValue result, CallableModel? model)
    {
        if (model is null || model.Sanitizers.Count == 0 || !result.HasLabels) return result;
        return result.WithLabels(Without(result.Labels, model.Sanitizers.Aggregate(TaintKinds.None, (all, s) => all | s.Removes)));
    }

    private AbstractValue UnknownCall(CallSite call, ApiCall api)
    {
        var path = api.Path;
        if (!call.Frame.IsGuess) Reports.UnknownQuery(call, path);
        // function (resolve, reject): a promise of some library.
        if (call.Arguments.Length == 1 && call.Argument(0).Objects is [{ Code.Parameters: [{ Name: "resolve" or "fulfill" }, ..] }]) return Natives.PromiseFunctions.Construct(this, call);
        // A promise of an API value counts as that value.
        if (ApiCall.PromiseMethod(path) is { } method && call.This.Objects.Length > 0 && Interpretation.Natives.NativeTable.Find("Promise." + method) is { } promise) return promise(this, call);
        if (path == "next") Natives.Frameworks.Next(this, call);
        if (Interpretation.Natives.AssertFunctions.IsName(path)) return Interpretation.Natives.AssertFunctions.Checked(call, call.Argument(0), true);
        var carried = Propagated(call.This, call.Arguments, call.Place, path);
        EscapeCallbacks(call.Frame, call.Place, call.Arguments, ArchiveEntries.Given(this, path.AsSpan(path.LastIndexOf('.') + 1), call.Arguments, call.Place) ?? carried);
        var result = Returned(call.Callee, api, call.IsNew);
        return carried.Labels.Length > 0 || carried.Proto is not null ? result.Join(carried) : result;
    }

    // What an API gives that nothing is known of.
    private AbstractValue Returned(HeapObject? callee, ApiCall api, bool isNew) => isNew
        ? External(api.NewPath ??= Models.Normalize(api.Path), callee?.Entry).Value
        : External(api.ReturnPath ??= Models.Normalize(api.Path + "()"), callee?.Entry).Value.WithTypes(MaybePrimitive);

    internal static string ShortName(string path) => path.Length > 60 ? path[^60..] : path;

    // Code that is not known is taken to hand on what it is given.
    private static AbstractValue Propagated(AbstractValue self, AbstractValue[] arguments, Place place, string name)
    {
        var labels = self.Labels;
        foreach (var a in arguments)
        {
            labels = AbstractValue.JoinLabels(labels, a.Labels);
            foreach (var o in a.Objects) if (o.Kind is ObjectKind.Array) labels = AbstractValue.JoinLabels(labels, o.Elements.Labels);
        }
        return labels.Length == 0 ? AbstractValue.Unknown : new AbstractValue(Prim.Any, null, null, Traced(labels, place, HandedOnBy(name)));
    }

    private static string HandedOnBy(string name) => $"handed on by {ShortName(name)}";

    internal static Tainted[] Traced(Tainted[] labels, Place place, string message, string transformation = "")
    {
        var result = new Tainted[labels.Length];
        for (var i = 0; i < labels.Length; i++) result[i] = labels[i] with { Trace = Trace.Add(labels[i].Trace, place, message, transformation) };
        return result;
    }

    // The result of a call that is not known may be an object, and any primitive value as well.
    private const Prim MaybePrimitive = Prim.Any & ~Prim.Other;

    internal static FactSet FactsOf(AbstractValue value, TaintKinds removes)
    {
        var facts = FactSet.Empty;
        foreach (var l in value.Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, removes));
        return facts;
    }

    internal Tainted[] Without(Tainted[] labels, TaintKinds removes, TextMarks marks = TextMarks.None) =>
        Relabelled(labels, l => Labels.Label(l.Node, l.Removed | removes, l.Marks | marks));

    /// <summary>The same labels, dangerous for these kinds again.</summary>
    internal Tainted[] Restored(Tainted[] labels, TaintKinds kinds) => Relabelled(labels, l => Labels.Label(l.Node, l.Removed & ~kinds, l.Marks));

    /// <summary>Labels of a part of the text that these are of.</summary>
    internal Tainted[] PartsOf(Tainted[] labels, TextPart part) => Relabelled(labels, l => Labels.Label(l.Node, l.Removed & ~FactKinds.OfWhole, l.Marks.Of(part)));

    /// <summary>Labels of a text that is put below another path.</summary>
    internal static Tainted[] Below(Tainted[] labels) => Array.Exists(labels, l => l.Label.Below is not null) ? Relabelled(labels, l => l.Below ?? l) : labels;

    /// <summary>Labels of a path that takes the place of what it is resolved against, or was changed after it was normalised.</summary>
    internal Tainted[] Unrooted(Tainted[] labels) =>
        Array.Exists(labels, l => l.Label.Below is not null) ? Relabelled(labels, l => Labels.Label(l.Node, l.Removed, l.Marks & ~TextMarks.Rooted)) : labels;

    private static Tainted[] Relabelled(Tainted[] labels, Func<TaintLabel, TaintLabel> change)
    {
        var result = Array.ConvertAll(labels, l => l with { Label = change(l.Label) });
        Array.Sort(result, (a, b) => a.Label.Id.CompareTo(b.Label.Id));
        return [.. result.Distinct()];
    }

    /// <summary>Labels of a value and of what it holds.</summary>
    internal static Tainted[] DeepLabels(AbstractValue value, int depth)
    {
        var labels = value.Labels;
        if (depth > 0 && value.Objects.Length > 0) foreach (var (o, _) in HeldValues.Of(value, depth, Holds)) labels = AbstractValue.JoinLabels(labels, o.HeldLabels());
        return labels;
    }

    private static bool Holds(HeapObject o) => o.Kind is ObjectKind.Plain or ObjectKind.Array or ObjectKind.Promise or ObjectKind.Iterator;

    // Generators give an iterator over what they yield; async functions are transparent: a promise of a value is that value.
    private AbstractValue Answer(Activation a, Callable code, AbstractValue[] arguments)
    {
        if (code.IsGenerator) return Generated(a, code);
        if (a.ReturnIfTrue is null && a.ReturnIfFalse is null) return a.Result;
        if ((a.ReturnIfTrue?.IsEmpty ?? true) && (a.ReturnIfFalse?.IsEmpty ?? true) && a.Result.Test is null && a.ReturnIfTrue is not null && a.ReturnIfFalse is not null) return a.Result;
        return a.Result.WithTest(a.IsGeneric ? TestFacts.Boolean(Established(a, a.ReturnIfTrue, arguments), Established(a, a.ReturnIfFalse, arguments)) : a.ReturnTest());
    }

    private AbstractValue Generated(Activation a, Callable code)
    {
        var iterator = Heap.Get(a, -1, null, 0, id => new HeapObject(id, ObjectKind.Iterator, PlaceOf(code), Heap));
        iterator.WriteElement(a.Yielded);
        iterator.Write("<return>", a.Result);
        return iterator.Value;
    }
}
