using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

// What a value holds, taken together: any of its fields, its keys, its elements, copies of its fields.
internal sealed partial class Interpreter
{
    private readonly CopyMemory _copies = new();

    private AbstractValue AnyField(HeapObject o, Place place)
    {
        if (o.Kind == ObjectKind.External) return ReadExternal(o, "[*]", place);
        var stamp = o.Version;
        foreach (var p in o.Prototype.Objects) stamp += p.Version;
        var fields = o.Remembered(stamp) ?? o.Remember(stamp, JoinedFields(o));
        // What was copied in changes with the objects it was copied from.
        return o.HasCopied && o.TryGetOwn("<copied>", out var copied) ? fields.Join(Copied(copied, "[*]")) : fields;
    }

    private static AbstractValue JoinedFields(HeapObject o)
    {
        var result = o.Elements;
        if (o.Kind != ObjectKind.Array)
        {
            foreach (var name in o.FieldNames)
            {
                if (!IsField(name)) continue;
                o.TryGetOwn(name, out var v);
                result = result.Join(v);
            }
            foreach (var p in o.Prototype.Objects)
            {
                foreach (var name in p.FieldNames)
                {
                    if (name == "constructor" || !IsField(name)) continue;
                    p.TryGetOwn(name, out var v);
                    result = result.Join(v);
                }
            }
        }
        if (o.IsOpen) result = result.Join(AbstractValue.Unknown);
        return result;
    }

    // Values that may be an attacker's object or one of the program's, whose keys were taken: such a key is the value's own.
    private readonly HashSet<AbstractValue> _keysTaken = new(SameContent.Comparer);

    /// <summary>The keys that for-in or Object.keys gives.</summary>
    internal AbstractValue KeysOf(AbstractValue target, Place place)
    {
        if (target.Labels.Length > 0 && target.Objects.Length > 0) _keysTaken.Add(target);
        var result = AbstractValue.None;
        foreach (var l in target.Labels)
        {
            var node = l.Label.Node.Child("{key}", Labels);
            l.Label.Node.Uses |= UsedAs.Object;
            var label = Labels.Label(node, TaintKinds.None, (l.Label.Marks & TextMarks.Decoded) | TextMarks.Key);
            result = result.Join(new AbstractValue(Prim.String, null, null, [new Tainted(label, Trace.Add(l.Trace, place, "its keys"))]));
        }
        foreach (var o in target.Objects)
        {
            if (o.Kind == ObjectKind.Array) result = result.Join(AbstractValue.AnyString);
            if (o.Kind != ObjectKind.Array) result = Names(o, result);
            if (o.IsOpen || !o.Elements.IsNone || o.Kind == ObjectKind.External) result = result.Join(AbstractValue.AnyString);
            if (o.HasCopied && o.TryGetOwn("<copied>", out var copied)) result = result.Join(KeysOf(new AbstractValue(Prim.None, null, null, copied.Labels), place));
        }
        if ((target.Types & Prim.Other) != 0 && target.Labels.Length == 0) result = result.Join(AbstractValue.AnyString);
        return result;
    }

    private static AbstractValue Names(HeapObject o, AbstractValue result)
    {
        var remember = result.IsNone;
        if (remember && o.RememberedKeys() is { } known) return known;
        foreach (var name in o.FieldNames) if (IsField(name)) result = result.Join(AbstractValue.Of(name));
        return remember ? o.RememberKeys(result) : result;
    }

    /// <summary>What iterating over a value gives.</summary>
    internal AbstractValue ElementsOf(AbstractValue target)
    {
        var result = AbstractValue.None;
        foreach (var l in target.Labels)
        {
            if (target.SurelyString) result = result.Join(new AbstractValue(Prim.String, null, null, [l]));
            else
            {
                l.Label.Node.Uses |= UsedAs.Array;
                result = result.Join(ReadLabel(l, "[*]"));
            }
        }
        foreach (var o in target.Objects)
        {
            if (o.Kind == ObjectKind.External) { result = result.Join(ReadExternal(o, "[*]", default)); continue; }
            result = result.Join(o.Elements);
            if (o.Collection.Length > 0 && o.TryGetOwn(Natives.CollectionFunctions.ForObjects, out var held)) result = result.Join(held);
            if (o.Kind == ObjectKind.Array && o.FieldNames.Count > 0) continue;
            if (o.IsOpen) result = result.Join(AbstractValue.Unknown);
        }
        if ((target.Types & Prim.Other) != 0 && target.Labels.Length == 0) result = result.Join(AbstractValue.Unknown);
        return result;
    }

    private static readonly string[] IteratorFields = [SymbolKey.OfLanguage("iterator")!.Field, SymbolKey.OfLanguage("asyncIterator")!.Field];

    // What a loop gets: of an object that says itself how it is iterated, what that gives.
    private AbstractValue Iterated(AbstractValue target, Place place, Frame frame)
    {
        var result = ElementsOf(target);
        foreach (var o in target.Objects)
        {
            if (o.Kind != ObjectKind.Plain || (!o.HasFields && o.Prototype.Objects.Length == 0)) continue;
            foreach (var field in IteratorFields)
            {
                foreach (var f in Held(o, field).Objects) if (f.Kind == ObjectKind.Function) result = result.Join(ElementsOf(Awaited(Invoke(f, o.Value, [], frame, place))));
            }
        }
        return result;
    }

    // The field of an object, or of the first of its prototypes that has it.
    private static AbstractValue Held(HeapObject o, string field)
    {
        for (var (at, left) = (o, MaxPrototypes); left > 0; left--)
        {
            if (at.TryGetOwn(field, out var value)) return value;
            if (at.Prototype.Objects is not [var up, ..]) break;
            at = up;
        }
        return AbstractValue.None;
    }

    /// <summary>Copies the own properties: Object.assign, object spread.</summary>
    internal void CopyProperties(AbstractValue to, AbstractValue from, Place place, Frame? frame)
    {
        if (to.Proto is { } reach) CopiedOnto(reach, from, place, frame);
        foreach (var o in from.Objects)
        {
            foreach (var name in o.FieldNames)
            {
                o.TryGetOwn(name, out var v);
                if (name.StartsWith("get ", StringComparison.Ordinal)) SetProperty(to, name[4..], CallGetter(v, o.Value, place, frame), place, frame, false);
                else if (IsField(name) || SymbolKey.Names(name) || name == "<copied>") SetProperty(to, name, v, place, frame, false);
            }
            if (!o.Elements.IsNone) foreach (var t in to.Objects) t.WriteElement(o.Elements);
            if (o.IsOpen || o.Kind == ObjectKind.External) foreach (var t in to.Objects) t.Open();
        }
        foreach (var l in from.Labels)
        {
            // The copy has the source's fields: reads of it see the attacker's values.
            foreach (var t in to.Objects) t.Write("<copied>", from.WithTest(null));
            l.Label.Node.Uses |= UsedAs.Object;
        }
        if ((from.Types & Prim.Other) != 0 && from.Labels.Length == 0) foreach (var t in to.Objects) t.Open();
    }

    // Onto what may be a prototype: fields of an attacker's object, or under a computed name. Names that the program chose are no pollution.
    private void CopiedOnto(ProtoReach reach, AbstractValue from, Place place, Frame? frame)
    {
        if (from.HasLabels) Reports.Pollution(frame, reach, KeysOf(from, place), ElementsOf(from), place);
        foreach (var o in from.Objects) if (o.Kind == ObjectKind.Plain && !o.Elements.IsNone) Reports.Pollution(frame, reach, AbstractValue.AnyString, o.Elements, place);
    }

    // An object that stands for many holds copies of many attackers' objects, and is read again and again.
    private AbstractValue Copied(AbstractValue from, string name)
    {
        var stamp = 0L;
        foreach (var l in from.Labels) if (l.Label.Node.Written is { } written) stamp += 1 + written.Version;
        if (_copies.Find(from, name, stamp) is { } known) return known;
        var result = AbstractValue.None;
        foreach (var l in from.Labels) result = result.Join(ReadLabel(l, name));
        return _copies.Keep(from, name, stamp, result);
    }

    // Where the other ways out give nothing of the attacker's, what was checked here holds for every list that the caller is given.
    private AbstractValue Checked(Frame frame, AbstractValue value, int start, int end)
    {
        if (frame.Facts.IsEmpty || value is not { Objects: [{ Kind: ObjectKind.Array }], HasLabels: false, Proto: null, Test: null }) return value;
        var items = ElementsOf(value);
        var known = Under(items, frame.Facts);
        if (known.Equals(items)) return value;
        var copy = NewObject(frame.Activation, start, 106, ObjectKind.Array, new Place(frame.Activation.Code.File, start, end));
        copy.WriteElement(known);
        return new AbstractValue(value.Types, value.Constants, [copy]);
    }
}
