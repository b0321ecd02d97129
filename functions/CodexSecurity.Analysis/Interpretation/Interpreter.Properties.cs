using System.Globalization;
using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

internal sealed partial class Interpreter
{
    private const int MaxPrototypes = 40;
    private readonly Dictionary<(string Type, string Name), AbstractValue> _members = [];
    private readonly Dictionary<string, string> _apiNames = new(StringComparer.Ordinal);
    private readonly Stack<HeapObject[]> _lookups = new();
    private int _getterDepth;

    /// <summary>Reads by several names, for the writes by the same names that follow.</summary>
    internal TableReads Tables { get; } = new();

    /// <summary>Symbols that the program makes.</summary>
    internal SymbolKey.Table Symbols { get; } = new();

    /// <summary>Reads value.name.</summary>
    internal AbstractValue GetProperty(AbstractValue target, string name, Place place, Frame? frame)
    {
        var result = AbstractValue.None;
        foreach (var o in target.Objects) result = result.Join(ReadField(o, name, target, place, frame));
        foreach (var l in target.Labels) result = result.Join(ReadLabel(l, name));
        if ((target.Types & Prim.String) != 0 || target.HasKnownStrings) result = result.Join(StringMember(target, name));
        if ((target.Types & Prim.Other) != 0 && target.Labels.Length == 0) result = result.Join(AbstractValue.Unknown);
        if (result.IsNone) result = target.Labels.Length > 0 ? AbstractValue.Unknown : AbstractValue.Undefined.Join(AbstractValue.Unknown);
        if (name is "length" or "size") return LengthOf(target, result);
        if (result.HasLabels && Builtins.IsLanguages(name) && Array.TrueForAll(result.Labels, l => l.Label.Node.Source.Kind == TaintSource.OfCallers)) return OfLanguage(target, name);
        if (name == ArchiveEntries.NameOfZip) return ArchiveEntries.Named(this, target, result, place);
        if (name == "__proto__") return target.Objects.Length == 1 && target.Objects[0].Prototype is { IsNone: false } p ? p : result;
        return result;
    }

    // The language's own, or what an object of the program has under that name itself.
    private AbstractValue OfLanguage(AbstractValue target, string name)
    {
        var result = External(name, null).Value;
        foreach (var o in target.Objects) if (o.TryGetOwn(name, out var own)) result = result.Join(own);
        return result;
    }

    private static AbstractValue LengthOf(AbstractValue target, AbstractValue result)
    {
        var known = result.Labels.Length == 0 && target.Labels.Length == 0 ? result : AbstractValue.AnyNumber;
        return target.Labels.Length > 0 ? known.WithTest(TestFacts.From("length", target)) : known;
    }

    private AbstractValue ReadLabel(Tainted l, string name)
    {
        if (name is "length" or "size") return AbstractValue.AnyNumber;
        // Nobody outside has the program's symbols.
        if (SymbolKey.Names(name)) return l.Label.Node.Written is { } own && own.TryGetOwn(name, out var known) ? AbstractValue.Unknown.Join(known) : AbstractValue.Unknown;
        var child = l.Label.Node.Child(name, Labels);
        var label = (l.Label.Marks & TextMarks.Decoded) == 0 ? child.Plain ??= Labels.Label(child) : Labels.Label(child, TaintKinds.None, TextMarks.Decoded);
        var value = child.LastRead;
        if (value is null || !ReferenceEquals(value.Labels[0].Label, label) || !ReferenceEquals(value.Labels[0].Trace, l.Trace)) child.LastRead = value = new AbstractValue(Prim.Any, null, null, [new Tainted(label, l.Trace)]);
        if (l.Label.Node.Written is { } written)
        {
            if (written.TryGetOwn(name, out var stored)) value = value.Join(stored);
            else if (!written.Elements.IsNone) value = value.Join(written.Elements);
        }
        return value;
    }

    private AbstractValue ReadField(HeapObject o, string name, AbstractValue self, Place place, Frame? frame)
    {
        if (o.HasCopied && name.Length > 0 && name[0] != '<' && o.TryGetOwn("<copied>", out var copied)) return Copied(copied, name).Join(o.TryGetOwn(name, out var over) ? over : o.Elements);
        if (o.TryGetOwn(name, out var own)) return WithGetter(o, name, o.Kind == ObjectKind.Array ? Moved(o, name, own, place, frame) : own, self, place, frame);
        if (o.Kind == ObjectKind.External) return ReadExternal(o, name, place);
        if (name == "prototype" && o.Kind == ObjectKind.Function) return PrototypeOf(o).Value;
        if (o.HasGetters && o.TryGetOwn("get " + name, out var getter)) return CallGetter(getter, self, place, frame);
        // An item whose place is not known may be at any place.
        if (o.Kind == ObjectKind.Array && !o.Elements.IsNone && name.Length > 0 && !name.AsSpan().ContainsAnyExceptInRange('0', '9')) return ItemOf(o.Elements, name, place, frame);
        var result = o.Kind is ObjectKind.Plain && !o.Elements.IsNone && o.Collection.Length == 0 ? o.Elements : AbstractValue.None;
        result = result.Join(ReadPrototype(o, name, self, place, frame));
        if (o.IsOpen) result = result.Join(AbstractValue.Unknown);
        if (!result.IsNone) return result;
        return BuiltinMember(o, name) ?? AbstractValue.Undefined;
    }

    // Of the pieces of a text each is another one. What a loop reads is at any place, though it begins at the first.
    private AbstractValue ItemOf(AbstractValue pieces, string name, Place place, Frame? frame)
    {
        if (frame is null || !Array.Exists(pieces.Labels, l => l.Label.Marks.Part() == TextPart.Piece)) return pieces;
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || TextParts.Item(index) is var item && item == TextPart.Piece) return pieces;
        if (frame.Activation.Module.Info(frame.Activation.Code).Repeats(place.Start)) return pieces;
        return pieces.WithLabels(Relabelled(pieces.Labels, l => l.Marks.Part() == TextPart.Piece ? Labels.Label(l.Node, l.Removed, l.Marks.Of(item)) : l));
    }

    // Items move up where others were taken from the front.
    private static AbstractValue Moved(HeapObject list, string name, AbstractValue item, Place place, Frame? frame)
    {
        var code = frame?.Activation.Code;
        var by = list.MovedBy(code, place.Start, () => code is null || frame!.Activation.Module.Info(code).Repeats(place.Start));
        if (by == 0 || !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return item;
        if (by == int.MaxValue) return item.Join(list.Elements);
        for (var k = 1; k <= by; k++) item = item.Join(list.TryGetOwn(Index(index + k), out var next) ? next : AbstractValue.Undefined);
        return item;
    }

    /// <summary>A field that the program sees: accessors and notes of the interpreter are kept beside it.</summary>
    internal static bool IsField(string name) => name.Length == 0 || (name[0] != '<' && !name.StartsWith("get ", StringComparison.Ordinal) && !name.StartsWith("set ", StringComparison.Ordinal));

    // Prototypes may form a graph with cycles (joined objects, written __proto__): each is visited once.
    private AbstractValue ReadPrototype(HeapObject o, string name, AbstractValue self, Place place, Frame? frame)
    {
        var result = AbstractValue.None;
        var up = o.Prototype.Objects;
        if (up.Length == 0) return result;
        if (up.Length == 1 && up[0].Prototype.Objects.Length == 0) return OnPrototype(up[0], name, self, place, frame, result, out _);
        // [0] is the object itself; getters may look up in turn, so each lookup has a list of its own.
        var visited = _lookups.TryPop(out var idle) ? idle : new HeapObject[MaxPrototypes + 1];
        visited[0] = o;
        var count = Add(visited, 1, up);
        for (var i = 1; i < count; i++)
        {
            result = OnPrototype(visited[i], name, self, place, frame, result, out var ends);
            if (!ends) count = Add(visited, count, visited[i].Prototype.Objects);
        }
        _lookups.Push(visited);
        return result;
    }

    private static int Add(HeapObject[] visited, int count, HeapObject[] more)
    {
        foreach (var p in more)
        {
            var known = count == visited.Length;
            for (var i = 0; i < count && !known; i++) known = ReferenceEquals(visited[i], p);
            if (!known) visited[count++] = p;
        }
        return count;
    }

    private AbstractValue OnPrototype(HeapObject p, string name, AbstractValue self, Place place, Frame? frame, AbstractValue result, out bool ends)
    {
        ends = true;
        if (p.TryGetOwn(name, out var found)) return result.Join(WithGetter(p, name, found, self, place, frame));
        if (p.HasGetters && p.TryGetOwn("get " + name, out var getter)) return result.Join(CallGetter(getter, self, place, frame));
        if (p.Kind == ObjectKind.External) return result.Join(ReadExternal(p, name, place));
        ends = false;
        return p.Elements.IsNone ? result : result.Join(p.Elements);
    }

    private AbstractValue WithGetter(HeapObject o, string name, AbstractValue own, AbstractValue self, Place place, Frame? frame) =>
        o.HasGetters && o.TryGetOwn("get " + name, out var getter) ? own.Join(CallGetter(getter, self, place, frame)) : own;

    internal AbstractValue CallGetter(AbstractValue getter, AbstractValue self, Place place, Frame? frame)
    {
        var result = AbstractValue.None;
        if (_getterDepth > 8) return AbstractValue.Unknown;
        _getterDepth++;
        foreach (var f in getter.Objects) if (f.Kind == ObjectKind.Function) result = result.Join(Invoke(f, self, [], frame, place));
        _getterDepth--;
        return result;
    }

    private AbstractValue? BuiltinMember(HeapObject o, string name)
    {
        if (name is "size" && o.Collection.Length > 0) return AbstractValue.AnyNumber;
        if (name is "length") return o.Kind is ObjectKind.Array or ObjectKind.Function or ObjectKind.Bound ? AbstractValue.AnyNumber : null;
        if (name is "name" && o.Kind is ObjectKind.Function or ObjectKind.Bound) return AbstractValue.AnyString;
        // What makes functions of text, where it can be got in no other way.
        if (name is "constructor" && o is { Kind: ObjectKind.Function, Code: { } code } && (code.IsAsync || code.IsGenerator)) return External("Function", null).Value;
        var type = o.Kind switch
        {
            ObjectKind.Array => "Array",
            ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native => "Function",
            ObjectKind.Regex => "RegExp",
            ObjectKind.Promise => "Promise",
            ObjectKind.Iterator => "Iterator",
            _ when o.Collection.Length > 0 => o.Collection,
            _ => "Object",
        };
        if (Builtins.IsMember(type, name)) return Member(type, name);
        return Builtins.IsMember("Object", name) ? Member("Object.prototype", name) : null;
    }

    private AbstractValue StringMember(AbstractValue target, string name)
    {
        if (name == "length") return target.SingleString is { } s ? AbstractValue.Of(s.Length) : AbstractValue.AnyNumber;
        return Builtins.IsMember("String", name) ? Member("String", name) : AbstractValue.None;
    }

    private AbstractValue Member(string type, string name)
    {
        if (_members.TryGetValue((type, name), out var known)) return known;
        return _members[(type, name)] = External(type + "." + name, null).Value;
    }

    private AbstractValue ReadExternal(HeapObject o, string name, Place place)
    {
        var reads = o.Api.Reads;
        if (!reads.TryGetValue(name, out var read)) reads[name] = read = ApiReadOf(o, name);
        if (read.Source is { } source) return FromSource(source, o.Entry, read.Path, place);
        var value = read.WithElements && !o.Elements.IsNone ? read.Value.Join(o.Elements) : read.Value;
        return read.MayBeLeft && o.Entry is not null ? value.Join(RequestState.Left(this, o, name, place)) : value;
    }

    private ApiRead ApiReadOf(HeapObject o, string name)
    {
        var path = Models.Normalize(o.Name + "." + name);
        if ((Models.FindRead(path) ?? (name == "[*]" ? Models.FindRead(o.Name + ModelCatalog.Elements) : null)) is { } source) return new ApiRead(path, source, AbstractValue.None, false);
        if (o.Name == "Symbol" && SymbolKey.OfLanguage(name) is { } symbol) return new ApiRead(path, null, AbstractValue.Of(symbol), false);
        if (name == "prototype" && Builtins.IsType(o.Name)) return new ApiRead(path, null, External(o.Name, null).Value, false);
        if (o.Name == "Object" && Builtins.IsMember("Object", name)) return new ApiRead(path, null, External("Object.prototype." + name, null).Value, false);
        // Object.prototype.hasOwnProperty.call, fs.readFile.bind
        if (name is "call" or "apply" or "bind" && Builtins.IsFunction(o.Name) && Models.FindCall(path) is null) return new ApiRead(path, null, External("Function." + name, null).Value, false);
        var known = Models.TypeOfRead(path);
        if (known is null && !Models.Knows(path) && Models.FindRead(o.Name + ModelCatalog.OtherFields) is { } any) return new ApiRead(path, any, AbstractValue.None, false);
        var read = External(known ?? path, o.Entry).Value;
        // A field of something that unknown code returned may not be there.
        if (known is null && path.EndsWith(name, StringComparison.Ordinal) && o.Name.EndsWith(')')) read = read.WithTypes(MaybePrimitive);
        return new ApiRead(path, null, read, true, known is null && RequestState.Is(o.Name));
    }

    /// <summary>A value that a model calls a source.</summary>
    internal AbstractValue FromSource(SourceModel source, EntryDraft? entry, string path, Place place)
    {
        var node = World.SourceNode(this, source, entry ?? CurrentEntry, path, place);
        foreach (var segment in source.AccessPath) node = node.Child(segment, Labels);
        return new AbstractValue(Prim.Any, null, null, [new Tainted(Labels.Label(node, source.Harmless), Trace.Add(null, place, $"{path} is under the control of an outsider"))]);
    }

    /// <summary>The object that stands for an API, by its path.</summary>
    internal HeapObject External(string path, EntryDraft? entry)
    {
        if (!_apiNames.TryGetValue(path, out var name)) _apiNames[path] = name = ApiNames.Bounded(path);
        return Heap.External(name, entry);
    }

    // A global or a module by itself says what it is by its name; what was got from one and is not known further is any value.
    private bool IsOpaque(string path) => path.AsSpan().ContainsAny('.', '(') && !Models.Knows(path) && !Natives.NativeTable.Knows(path);

    /// <summary>Writes target.name = value.</summary>
    internal void SetProperty(AbstractValue target, string name, AbstractValue value, Place place, Frame? frame, bool define)
    {
        value = Described(value);
        foreach (var o in target.Objects)
        {
            if (define) foreach (var f in value.Objects) if (f.Kind == ObjectKind.Function) f.HomeObject ??= o;
            if (name == "__proto__") { o.AddPrototype(value); continue; }
            if (name == "prototype" && o.Kind == ObjectKind.Function) PrototypeReplaced(o, value);
            if (!define) CallSetters(o, name, value, place, frame);
            o.Write(name, value);
            if (o.Kind != ObjectKind.External) continue;
            if (frame is not null) Natives.PageFunctions.Written(this, frame, o, name, value, place);
            Reports.ExternalWrite(this, frame, o, name, value, place);
            RequestState.Leave(this, o, name, value);
        }
        if (target.Labels.Length > 0 || (target.Types & Prim.Other) != 0) Reports.UnknownWrite(this, frame, name, value, place);
        foreach (var l in target.Labels) WrittenOn(l).Write(name, value);
    }

    private static void PrototypeReplaced(HeapObject function, AbstractValue value)
    {
        // A replaced prototype: methods of the first one are gone in fact; keeping both is sound.
        foreach (var p in value.Objects) if (p.Kind == ObjectKind.Plain && !p.HasOwn("constructor")) p.Write("constructor", function.Value);
    }

    private void CallSetters(HeapObject o, string name, AbstractValue value, Place place, Frame? frame)
    {
        if (_getterDepth > 8) return;
        _getterDepth++;
        if (o.HasSetters && o.TryGetOwn("set " + name, out var setter)) foreach (var f in setter.Objects) if (f.Kind == ObjectKind.Function) Invoke(f, o.Value, [value], frame, place);
        foreach (var p in o.Prototype.Objects)
        {
            if (p.HasSetters && p.TryGetOwn("set " + name, out var inherited)) foreach (var f in inherited.Objects) if (f.Kind == ObjectKind.Function) Invoke(f, o.Value, [value], frame, place);
        }
        _getterDepth--;
    }

    private HeapObject WrittenOn(Tainted l) =>
        l.Label.Node.Written ??= Heap.Get(l.Label.Node, 0, null, 13, id => new HeapObject(id, ObjectKind.Plain, l.Label.Node.Source.Place, Heap));

    private static void DefineAccessor(AbstractValue target, string name, AbstractValue function, bool setter)
    {
        foreach (var o in target.Objects)
        {
            foreach (var f in function.Objects) f.HomeObject ??= o;
            o.Write((setter ? "set " : "get ") + name, function);
        }
    }

    private static string FieldOf(object key) => key is SymbolKey symbol ? symbol.Field : AbstractValue.Print(key);

    /// <summary>Reads target[key].</summary>
    internal AbstractValue GetIndex(AbstractValue target, AbstractValue key, Place place, Frame? frame)
    {
        var result = AbstractValue.None;
        foreach (var k in key.Constants) result = result.Join(GetProperty(target, FieldOf(k), place, frame));
        var any = key.HasLabels || (key.Types & ~(Prim.Undefined | Prim.Null)) != 0 || key.Objects.Length > 0;
        if (!any && !result.IsNone)
        {
            if (key.Constants.Length > 1) Tables.Keep(result, target, key);
            return result;
        }
        foreach (var o in target.Objects) result = result.Join(AnyField(o, place));
        foreach (var l in target.Labels) result = result.Join(ReadLabel(l, "[*]"));
        if (target.Labels.Length == 0 && ((target.Types & Prim.String) != 0 || target.HasKnownStrings)) result = result.Join(AbstractValue.AnyString);
        if ((target.Types & Prim.Other) != 0 && target.Labels.Length == 0) result = result.Join(AbstractValue.Unknown);
        if (result.IsNone) result = AbstractValue.Undefined;
        return key.HasLabels ? Tabled(target, key, Looked(target, key, result, frame, place)) : result;
    }

    // A value found in a table of constants: where it is there, the key was one of the table's.
    private static AbstractValue Tabled(AbstractValue target, AbstractValue key, AbstractValue result)
    {
        if (target.Labels.Length > 0 || target.Objects.Length == 0 || result.Test is not null) return result;
        if (!target.Objects.All(o => o.Kind is ObjectKind.Plain && !o.IsOpen && o.FieldNames.Count > 0 && o.Elements.IsNone)) return result;
        var facts = FactSet.Empty;
        foreach (var l in key.Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, TaintKinds.All & ~(TaintKinds.ProtoKey | TaintKinds.CtorKey)));
        return result.WithTest(TestFacts.Boolean(facts, FactSet.Empty));
    }

    // What an attacker-chosen lookup may reach.
    private AbstractValue Looked(AbstractValue target, AbstractValue key, AbstractValue result, Frame? frame, Place place)
    {
        var facts = frame?.Facts ?? FactSet.Empty;
        var ordinary = target.Labels.Length > 0 || target.Proto is not null || (target.Types & Prim.Other) != 0 || target.Objects.Any(o => !o.IsNullPrototype && o.Kind is not (ObjectKind.External or ObjectKind.Regex));
        if (!ordinary) return result;
        var before = target.Proto?.Under(facts);
        var composed = Guards.KeyKinds(key.Text);
        ProtoReach? reach = null;
        foreach (var k in key.Labels)
        {
            // An object's own key leads to its own value, not to its prototype.
            if (k.Label.Node.Segment == "{key}" && target.Labels.Any(l => ReferenceEquals(l.Label.Node, k.Label.Node.Parent)) && (target.Objects.Length == 0 || _keysTaken.Contains(target))) continue;
            var known = facts.KindsOf(k.Label);
            if ((known & FactKinds.OwnLookup) != 0) continue;
            var removed = FactKinds.Keys(k.Label.Removed | known) | composed;
            var proto = (removed & TaintKinds.ProtoKey) == 0 || before is { Proto: true };
            var steps = (before?.Steps ?? 0) + ((removed & TaintKinds.CtorKey) == 0 ? 1 : 0);
            if (!proto && (removed & TaintKinds.CtorKey) != 0) continue;
            reach = ProtoReach.Join(reach, new ProtoReach([k.Label], Math.Min(steps, 2), proto, Trace.Add(k.Trace, place, "chooses the property that is looked up: may reach a prototype")));
        }
        reach = reach?.Under(facts);
        if (reach is not null) return (result.IsNone ? AbstractValue.Unknown : result).WithProto(reach);
        return result;
    }

    /// <summary>Writes target[key] = value.</summary>
    internal void SetIndex(AbstractValue target, AbstractValue key, AbstractValue value, Place place, Frame? frame)
    {
        if (target.Proto is { } reach && (key.HasLabels || (key.Types & (Prim.Other | Prim.String)) != 0)) Reports.Pollution(frame, reach, key, value, place);
        var table = Tables.Find(value, key);
        value = Described(value);
        if (key.Constants.Length > 0 && key.Types == Prim.None && key.Objects.Length == 0 && !key.HasLabels)
        {
            var written = target.Proto is null ? target : new AbstractValue(target.Types, target.Constants, target.Objects, target.Labels);
            foreach (var k in key.Constants)
            {
                var name = FieldOf(k);
                SetProperty(written, name, table is null ? value : GetProperty(table, name, place, frame), place, frame, false);
            }
            return;
        }
        foreach (var o in target.Objects) o.WriteElement(value);
        foreach (var l in target.Labels) WrittenOn(l).WriteElement(value);
        // What was written is found again, by __proto__ as well: that sets the prototype of this object only.
        if (frame is not null && value.Objects.Length > 0 && value.Types == Prim.None && value.Proto is null && !value.HasLabels) frame.Facts = frame.Facts.Union(FactsOf(key, FactKinds.OwnLookup));
    }

    private static readonly string[] Indexes = [.. Enumerable.Range(0, 64).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    internal static string Index(int i) => (uint)i < (uint)Indexes.Length ? Indexes[i] : i.ToString(CultureInfo.InvariantCulture);
}
