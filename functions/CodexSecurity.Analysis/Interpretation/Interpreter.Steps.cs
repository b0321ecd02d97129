using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

internal sealed partial class Interpreter
{
    private void Step(Frame frame, CallableInfo info, in Instruction x)
    {
        var s = frame.Slots;
        var result = Evaluate(frame, info, x, s);
        if (x.Dst >= 0) s[x.Dst] = result;
    }

    private AbstractValue Evaluate(Frame frame, CallableInfo info, in Instruction x, AbstractValue[] s)
    {
        var a = frame.Activation;
        var code = a.Code;
        var module = a.Module.Ir;
        switch (x.Op)
        {
            case Op.Const: return info.Constant(x.A);
            case Op.Move: return s[x.A];
            case Op.Param: return x.A < a.Arguments.Length ? a.Arguments[x.A] : AbstractValue.Undefined;
            case Op.RestParam: return ArrayOf(a, x.Start, 1, a.Arguments.Length > x.A ? a.Arguments[x.A..] : [], PlaceOf(frame, x)).Value;
            case Op.This: return code.Kind is CallableKind.Arrow ? a.Function.Scope?.This ?? AbstractValue.Undefined : a.This;
            case Op.Arguments:
                if (code.Kind is CallableKind.Arrow) return a.Function.Scope?.Arguments ?? AbstractValue.Unknown;
                var all = ArrayOf(a, -2, 2, a.Arguments, PlaceOf(frame, x)).Value;
                if (a.Scope?.Owner == code) a.Scope.Bind(AbstractValue.None, all);
                return all;
            case Op.LoadGlobal: return World.Global(this, a.Module, module.Names[x.A]);
            case Op.StoreGlobal:
                Natives.PageFunctions.Stored(this, frame, module.Names[x.A], s[x.B], PlaceOf(frame, x));
                World.SetGlobal(a.Module, module.Names[x.A], Described(s[x.B]));
                break;
            case Op.LoadCell: return LoadCell(frame, info, x.A, s);
            case Op.StoreCell:
                if (info.FlowCells.TryGetValue(x.A, out var flow)) s[flow] = s[x.B];
                if (!a.Module.Facts.Captured.IsGiven(x.A)) ScopeOf(a, module.Cells[x.A].Owner)?.Write(x.A, Described(s[x.B]));
                break;
            case Op.GetProp: return GetProperty(s[x.A], module.Names[x.B], PlaceOf(frame, x), frame);
            case Op.SetProp: SetProperty(s[x.A], module.Names[x.B], s[x.C], PlaceOf(frame, x), frame, x.Flags.HasFlag(InstructionFlags.Define)); break;
            case Op.GetIndex: return GetIndex(s[x.A], s[x.B], PlaceOf(frame, x), frame);
            case Op.SetIndex: SetIndex(s[x.A], s[x.B], s[x.C], PlaceOf(frame, x), frame); break;
            case Op.DefineAccessor: DefineAccessor(s[x.A], module.Names[x.B], s[x.C], x.Flags.HasFlag(InstructionFlags.Setter)); break;
            case Op.Call: return Call(frame, x, s[x.A], x.B >= 0 ? s[x.B] : AbstractValue.Undefined, "");
            case Op.CallMethod: return CallMethod(frame, x, s[x.A], module.Names[x.B]);
            case Op.CallIndex:
                var key = s[x.B];
                return key.SingleString is { } method ? CallMethod(frame, x, s[x.A], method) : Call(frame, x, GetIndex(s[x.A], key, PlaceOf(frame, x), frame), s[x.A], "");
            case Op.New: return New(frame, x, s[x.A]);
            case Op.SuperCall: return SuperCall(frame, x);
            case Op.SuperProp:
                var home = SuperHome(a);
                return home is null ? AbstractValue.Unknown : GetProperty(home.Prototype, module.Names[x.B], PlaceOf(frame, x), frame);
            case Op.TaggedTemplate: return Call(frame, x, s[x.A], x.B >= 0 ? s[x.B] : AbstractValue.Undefined, "");
            case Op.NewObject: return NewObject(a, x.Start, 3, ObjectKind.Plain, PlaceOf(frame, x)).Value;
            case Op.NewArray: return NewArray(frame, x);
            case Op.Function:
                GiveCells(frame, info, x.A, s);
                return FunctionValue(a, module.Callables[x.A]);
            case Op.Class:
                if (x.A >= 0) GiveCells(frame, info, x.A, s);
                return ClassValue(frame, x, s);
            case Op.Regex: return (Heap.Find(code, x.Start, null, 4) ?? MakeRegex(code, x.Start, PlaceOf(frame, x), (string)code.Constants[x.A].Value!, code.Constants[x.B].Value as string ?? "")).Value;
            case Op.Binary: return Binary((BinaryOp)x.C, s[x.A], s[x.B], PlaceOf(frame, x), frame);
            case Op.Unary: return Unary((UnaryOp)x.C, s[x.A]);
            case Op.Concat: return Concat(frame, x);
            case Op.KeysOf: return IteratorOf(a, x, s[x.A], true, frame);
            case Op.ValuesOf: return IteratorOf(a, x, s[x.A], false, frame);
            case Op.IterNext: return IterNext(s[x.A]);
            case Op.CopyProps: CopyProperties(s[x.A], s[x.B], PlaceOf(frame, x), frame); break;
            case Op.Await: return Await(frame, s[x.A]);
            case Op.Yield:
                a.Yielded = a.Yielded.Join(x.Flags.HasFlag(InstructionFlags.Delegate) ? ElementsOf(s[x.A]) : x.A >= 0 ? s[x.A] : AbstractValue.Undefined);
                return x.A >= 0 ? Awaited(s[x.A]) : AbstractValue.Unknown;
            case Op.Catch: return frame.Caught;
            case Op.Import: return Import(frame, x, s);
            case Op.ModuleExports: return a.Module.Exports();
            case Op.Jsx: return Jsx(frame, x);
            case Op.Unsupported: return AbstractValue.Unknown;
            default: break;
        }
        return AbstractValue.Undefined;
    }

    private HeapObject MakeRegex(Callable code, int at, Place place, string pattern, string flags) =>
        Heap.Get(code, at, null, 4, id => new HeapObject(id, ObjectKind.Regex, place, Heap) { Name = pattern, Flags = flags });

    internal static AbstractValue ConstantValue(Constant c) => c.Kind switch
    {
        ConstantKind.Undefined => AbstractValue.Undefined,
        ConstantKind.Null => AbstractValue.Null,
        ConstantKind.Boolean => AbstractValue.Of((bool)c.Value!),
        ConstantKind.Number => AbstractValue.Of((double)c.Value!),
        ConstantKind.String => AbstractValue.Of((string)c.Value!),
        _ => AbstractValue.AnyNumber,
    };

    // What a test says is about the path, so it does not go into the heap.
    private static AbstractValue Described(AbstractValue v) => v.Test is null ? v : v.WithTest(null);

    private static Scope? ScopeOf(Activation a, int owner)
    {
        for (var scope = a.Scope; scope is not null; scope = scope.Parent) if (scope.Owner.Id == owner && ReferenceEquals(scope.Module, a.Module)) return scope;
        return null;
    }

    private void GiveCells(Frame frame, CallableInfo info, int made, AbstractValue[] s)
    {
        foreach (var cell in frame.Activation.Module.Facts.Captured.GivenTo(made, frame.Activation.Code)) frame.Activation.Scope!.Write(cell, Described(Under(s[info.FlowCells[cell]], frame.Facts)));
    }

    private static AbstractValue LoadCell(Frame frame, CallableInfo info, int cell, AbstractValue[] s)
    {
        if (info.FlowCells.TryGetValue(cell, out var flow) && !s[flow].IsNone) return s[flow];
        var value = ScopeOf(frame.Activation, frame.Activation.Module.Ir.Cells[cell].Owner)?.Read(cell) ?? AbstractValue.Unknown;
        return value.IsNone ? AbstractValue.Undefined : value;
    }

    internal HeapObject NewObject(object context, int offset, int part, ObjectKind kind, Place place) =>
        Heap.Find(place.File, offset, context, part) ?? MakeObject(context, offset, part, kind, place);

    private HeapObject MakeObject(object context, int offset, int part, ObjectKind kind, Place place) =>
        Heap.Get(place.File, offset, context, part, id => new HeapObject(id, kind, place, Heap));

    /// <summary>An array with known first elements.</summary>
    internal HeapObject ArrayOf(object context, int offset, int part, IReadOnlyList<AbstractValue> items, Place place)
    {
        var array = NewObject(context, offset, part, ObjectKind.Array, place);
        for (var i = 0; i < items.Count; i++)
        {
            if (i < 64) array.Write(Index(i), Described(items[i]));
            array.WriteElement(Described(items[i]));
        }
        return array;
    }

    private AbstractValue NewArray(Frame frame, in Instruction x)
    {
        var place = PlaceOf(frame, x);
        var array = NewObject(frame.Activation, x.Start, 5, ObjectKind.Array, place);
        var args = frame.Activation.Code.ArgsOf(x);
        var known = true;
        array.Expect(Math.Min(args.Length, 64));
        for (var i = 0; i < args.Length; i++)
        {
            var value = Described(frame.Slots[Callable.SlotOf(args[i])]);
            if (Callable.IsSpread(args[i])) { known = false; array.WriteElement(ElementsOf(value)); continue; }
            if (known && i < 64) array.Write(Index(i), value);
            array.WriteElement(value);
        }
        return array.Value;
    }

    internal AbstractValue FunctionValue(Activation a, Callable target)
    {
        return (Heap.Find(target, 0, a.Scope, 6) ?? MakeFunction(a.Scope, a.Module, target)).Value;
    }

    private HeapObject MakeFunction(Scope? scope, ModuleState module, Callable target) => Heap.Get(target, 0, scope, 6, id =>
    {
        var f = new HeapObject(id, ObjectKind.Function, PlaceOf(target), Heap) { Code = target, Module = module, Scope = scope };
        _functions.Add(f);
        return f;
    });

    /// <summary>The prototype object of a function or class, made on first use.</summary>
    internal HeapObject PrototypeOf(HeapObject function)
    {
        if (function.TryGetOwn("prototype", out var known) && known.Objects.Length > 0) return known.Objects[0];
        var proto = Heap.Get(function, 0, null, 7, id => new HeapObject(id, ObjectKind.Plain, function.Place, Heap));
        proto.Write("constructor", function.Value);
        function.Write("prototype", proto.Value);
        return proto;
    }

    private AbstractValue ClassValue(Frame frame, in Instruction x, AbstractValue[] s)
    {
        var a = frame.Activation;
        var code = x.A >= 0 ? a.Module.Ir.Callables[x.A] : null;
        var place = PlaceOf(frame, x);
        var made = Heap.Get(place.File, x.Start, a.Scope, 8, id =>
        {
            var f = new HeapObject(id, ObjectKind.Function, place, Heap) { Code = code, Module = a.Module, Scope = a.Scope, IsClass = true };
            if (code is not null) _functions.Add(f);
            return f;
        });
        var proto = PrototypeOf(made);
        made.HomeObject = proto;
        if (x.B >= 0)
        {
            made.SuperClass = made.SuperClass.Join(Described(s[x.B]));
            made.AddPrototype(Described(s[x.B]));
            foreach (var o in s[x.B].Objects)
            {
                if (o.Kind == ObjectKind.Function) proto.AddPrototype(PrototypeOf(o).Value);
                else if (o.Kind == ObjectKind.External) proto.AddPrototype(External("new " + o.Name, o.Entry).Value);
            }
        }
        return made.Value;
    }

    private static HeapObject? SuperHome(Activation a)
    {
        if (a.Function.HomeObject is { } home) return home;
        for (var scope = a.Function.Scope; scope is not null; scope = scope.Parent) if (scope.This.Objects.Length > 0) return scope.This.Objects[0];
        return null;
    }

    private AbstractValue SuperCall(Frame frame, in Instruction x)
    {
        var a = frame.Activation;
        var self = a.Code.Kind == CallableKind.Arrow ? a.Function.Scope?.This ?? AbstractValue.Undefined : a.This;
        var (arguments, open) = Arguments(frame, x);
        foreach (var parent in a.Function.SuperClass.Objects) Construct(frame, PlaceOf(frame, x), parent, self, arguments, open);
        return self;
    }

    /// <summary>Runs a constructor on an object that is there already.</summary>
    private void Construct(Frame frame, Place place, HeapObject target, AbstractValue self, AbstractValue[] arguments, bool open)
    {
        foreach (var constructor in Constructors(target))
        {
            if (constructor.Kind == ObjectKind.Function) Invoke(constructor, self, arguments, frame, place);
            else CallObject(frame, place, constructor, self, arguments, open, true);
        }
    }

    /// <summary>What runs where a class is constructed: its own constructor, or those of the nearest classes above it that have one. A class that is made of its own results may stand above itself.</summary>
    internal static List<HeapObject> Constructors(HeapObject target)
    {
        var found = new List<HeapObject>();
        var seen = new List<HeapObject> { target };
        for (var i = 0; i < seen.Count && i < MaxPrototypes; i++)
        {
            if (seen[i] is not { Kind: ObjectKind.Function, Code: null }) { found.Add(seen[i]); continue; }
            foreach (var parent in seen[i].SuperClass.Objects) if (!seen.Contains(parent)) seen.Add(parent);
        }
        return found;
    }

    private static AbstractValue Concat(Frame frame, in Instruction x)
    {
        var args = frame.Activation.Code.ArgsOf(x);
        var place = PlaceOf(frame, x);
        var result = AbstractValue.Of("");
        for (var i = 0; i < args.Length; i++) result = Append(result, frame.Slots[Callable.SlotOf(args[i])], place);
        return result;
    }

    private AbstractValue IteratorOf(Activation a, in Instruction x, AbstractValue value, bool keys, Frame frame)
    {
        var place = PlaceOf(frame, x);
        var iterator = NewObject(a, x.Start, keys ? 9 : 10, ObjectKind.Iterator, place);
        var items = keys ? KeysOf(value, place) : Iterated(value, place, frame);
        // The iterator of one place and one context: what it gives now is what is over this value.
        iterator.WriteElement(items);
        return new AbstractValue(Prim.None, null, [iterator], items.Labels);
    }

    private static AbstractValue IterNext(AbstractValue iterator)
    {
        var result = AbstractValue.None;
        foreach (var o in iterator.Objects) result = result.Join(o.Elements);
        return result.IsNone ? AbstractValue.Undefined : result;
    }

    internal static AbstractValue Awaited(AbstractValue value)
    {
        if (value.Objects.Length == 0 || !value.Objects.Any(o => o.Kind == ObjectKind.Promise)) return value;
        var result = new AbstractValue(value.Types, value.Constants, [.. value.Objects.Where(o => o.Kind != ObjectKind.Promise)], value.Labels, value.Text, null, value.Proto);
        foreach (var o in value.Objects) if (o.Kind == ObjectKind.Promise) result = result.Join(o.Elements.IsNone ? AbstractValue.Undefined : o.Elements);
        return result;
    }

    private AbstractValue Import(Frame frame, in Instruction x, AbstractValue[] s)
    {
        var specifier = x.A >= 0 ? frame.Activation.Code.Constants[x.A].Value as string : x.B >= 0 ? s[x.B].SingleString : null;
        if (specifier is not null) return World.Require(this, frame.Activation.Module, specifier, true);
        // A module that is not known by its name: whoever chooses that chooses what runs.
        if (x.B >= 0 && Models.FindCall("import") is { } model && !frame.IsGuess) Reports.Call(this, new CallSite(frame, PlaceOf(frame, x), AbstractValue.Undefined, [s[x.B]], false, false, "import"), model, "import");
        return AbstractValue.Unknown;
    }

    private AbstractValue Jsx(Frame frame, in Instruction x)
    {
        var element = NewObject(frame.Activation, x.Start, 11, ObjectKind.Plain, PlaceOf(frame, x));
        var props = x.B >= 0 ? frame.Slots[x.B] : AbstractValue.Undefined;
        foreach (var child in frame.Activation.Code.ArgsOf(x)) element.WriteElement(Described(frame.Slots[Callable.SlotOf(child)]));
        element.Write("props", Described(props));
        Reports.Jsx(frame, PlaceOf(frame, x), props);
        var tag = frame.Slots[x.A];
        foreach (var o in tag.Objects) if (o.Kind == ObjectKind.Function && o.Code is not null && !o.IsClass) Invoke(o, AbstractValue.Undefined, [props], frame, PlaceOf(frame, x));
        return element.Value;
    }
}
