using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

internal sealed partial class Interpreter
{
    /// <summary>Joins two values into one text.</summary>
    internal static AbstractValue Append(AbstractValue left, AbstractValue right, Place place)
    {
        if (left.SingleString is { } a && right.Types == Prim.None && right.Objects.Length == 0 && right.Labels.Length == 0 && right.Constants.Length is > 0 and <= 12)
        {
            return a.Length == 0 && right.OnlyKnownStrings ? right : new AbstractValue(Prim.None, Sorted(right.Constants.Select(c => a + AbstractValue.Print(c))));
        }
        if (right.SingleString is { } b && left.OnlyKnownStrings && left.Constants.Length <= 12) return new AbstractValue(Prim.None, Sorted(left.Constants.Select(c => (string)c + b)));
        var labels = AbstractValue.JoinLabels(OfText(left, place), left.SingleString is "" ? OfText(right, place) : Below(OfText(right, place)));
        var text = new List<TextPiece>(PiecesOf(left));
        foreach (var piece in PiecesOf(right))
        {
            if (text.Count > 0 && text[^1].Literal is "") text.RemoveAt(text.Count - 1);
            if (piece.Literal is "" && text.Count > 0) continue;
            if (piece.Literal is { } more && text.Count > 0 && text[^1].Literal is { } last) text[^1] = new TextPiece(last + more, null);
            else if (piece is { Literal: null, Label: null } && text.Count > 0 && text[^1] is { Literal: null, Label: null } before) text[^1] = before with { HasNumber = before.HasNumber || piece.HasNumber };
            else text.Add(piece);
        }
        // "" + x is the text of x.
        return new AbstractValue(Prim.String, null, null, labels, text is [{ Literal: null }] ? null : [.. text]);
    }

    private static object[] Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];

    private static Tainted[] OfText(AbstractValue v, Place place)
    {
        var labels = v.Labels;
        foreach (var o in v.Objects)
        {
            if (o.Kind is ObjectKind.Array) labels = AbstractValue.JoinLabels(labels, o.Elements.Labels);
            else if (o.Kind is ObjectKind.Plain && o.TryGetOwn(Natives.ErrorFunctions.Stack, out var told)) labels = AbstractValue.JoinLabels(labels, told.Labels);
        }
        if (labels.Length == 0) return labels;
        foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.String;
        var result = new Tainted[labels.Length];
        for (var i = 0; i < labels.Length; i++) result[i] = labels[i] with { Trace = Trace.Add(labels[i].Trace, place, "joined into a text") };
        return result;
    }

    internal static IEnumerable<TextPiece> PiecesOf(AbstractValue v)
    {
        if (v.Text is not null) return v.Text;
        if (v.Labels.Length == 1 && v.Objects.Length == 0) return [new TextPiece(null, v.Labels[0].Label)];
        if (v.Constants.Length == 1 && v.Types == Prim.None && v.Objects.Length == 0 && v.Labels.Length == 0) return [new TextPiece(AbstractValue.Print(v.Constants[0]), null)];
        return v.Labels.Length > 0 ? [new TextPiece(null, v.Labels[0].Label)] : [new TextPiece(null, null, v is { Types: Prim.Number, Objects.Length: 0 } && v.Constants.All(c => c is double))];
    }

    private static AbstractValue Binary(BinaryOp op, AbstractValue a, AbstractValue b, Place place, Frame frame)
    {
        switch (op)
        {
            case BinaryOp.Add:
                if (IsNumber(a) && IsNumber(b)) return AbstractValue.AnyNumber;
                return Append(a, b, place);
            case BinaryOp.Equal or BinaryOp.StrictEqual: return Equality(a, b, true, op == BinaryOp.Equal);
            case BinaryOp.NotEqual or BinaryOp.StrictNotEqual: return Equality(a, b, false, op == BinaryOp.NotEqual);
            case BinaryOp.Less or BinaryOp.LessOrEqual or BinaryOp.Greater or BinaryOp.GreaterOrEqual: return Order(op, a, b);
            case BinaryOp.In: return KeyTest(a, b);
            case BinaryOp.InstanceOf:
                foreach (var l in a.Labels) if (b.Objects.Length == 1 && b.Objects[0].Name is "Array" or "Function" or "RegExp" or "Promise" or "Buffer") l.Label.Node.Literals.Add("<" + b.Objects[0].Name + ">");
                return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(FactSet.Empty, FactSet.Empty, a.Labels.Length == 1 ? new Comparison(a.Labels[0].Label.Node, "instanceof", b.Objects.Length > 0 ? b.Objects[0].Name : null) : null));
            default:
                foreach (var l in a.Labels) l.Label.Node.Uses |= UsedAs.Number;
                foreach (var l in b.Labels) l.Label.Node.Uses |= UsedAs.Number;
                _ = frame;
                return AbstractValue.AnyNumber;
        }
    }

    private static bool IsNumber(AbstractValue v) =>
        v.Objects.Length == 0 && v.Labels.Length == 0 && (v.Types & ~(Prim.Number | Prim.Boolean | Prim.Null | Prim.Undefined)) == 0 && v.Constants.All(c => c is not string) && !v.IsNone;

    private static AbstractValue Unary(UnaryOp op, AbstractValue a)
    {
        switch (op)
        {
            case UnaryOp.Not:
                var truth = a.Truthiness();
                if (truth is { } t) return AbstractValue.Of(!t);
                if (a.Test is not null) return AbstractValue.AnyBoolean.WithTest(a.Test.Not());
                if (a.Labels.Length != 1 && a.Proto is null) return AbstractValue.AnyBoolean;
                return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(Missing(a), FactSet.Empty, a.Labels.Length == 1 ? new Comparison(a.Labels[0].Label.Node, "truthy", null) : null, false));
            case UnaryOp.TypeOf: return TypeName(a);
            case UnaryOp.Void: return AbstractValue.Undefined;
            case UnaryOp.IsNullish:
                if (a.Types == Prim.None && a.Labels.Length == 0 && !a.IsNone) return AbstractValue.False;
                if ((a.Types & ~(Prim.Undefined | Prim.Null)) == 0 && a.Labels.Length == 0 && a.Objects.Length == 0 && a.Constants.Length == 0) return AbstractValue.True;
                return AbstractValue.AnyBoolean;
            case UnaryOp.Plus or UnaryOp.Negate or UnaryOp.BitNot:
                if (a.Types == Prim.None && a.Labels.Length == 0 && a.Objects.Length == 0 && a.Constants.Length == 1 && a.Constants[0] is double d && op == UnaryOp.Negate) return AbstractValue.Of(-d);
                foreach (var l in a.Labels) l.Label.Node.Uses |= UsedAs.Number;
                // ~x.indexOf(y): truthy where it was found.
                return op == UnaryOp.BitNot && a.Test is { Origin: "indexOf" } found ? AbstractValue.AnyNumber.WithTest(IndexFacts(found, true)) : AbstractValue.AnyNumber;
            default: return AbstractValue.AnyNumber;
        }
    }

    private static AbstractValue TypeName(AbstractValue a)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var o in a.Objects)
        {
            if (o.Kind == ObjectKind.External)
            {
                if (o.Name == "define" || Builtins.IsBrowserGlobal(o.Name)) { names.Add("undefined"); continue; }
                // Only for what was looked up: that of every value takes more contexts than mathjs has steps for.
                if (!Builtins.IsGlobal(o.Name)) return a.Proto is null ? AbstractValue.AnyString : AnyTypeName(a);
            }
            names.Add(o.Kind is ObjectKind.Function or ObjectKind.Native or ObjectKind.Bound || (o.Kind == ObjectKind.External && Builtins.IsFunction(o.Name)) ? "function" : "object");
        }
        foreach (var c in a.Constants) names.Add(c switch { string => "string", double => "number", bool => "boolean", _ => "symbol" });
        if ((a.Types & Prim.Undefined) != 0) names.Add("undefined");
        if ((a.Types & Prim.Null) != 0) names.Add("object");
        if ((a.Types & Prim.String) != 0) names.Add("string");
        if ((a.Types & Prim.Number) != 0) names.Add("number");
        if ((a.Types & Prim.Boolean) != 0) names.Add("boolean");
        if (a.Labels.Length > 0 || a.Proto is not null || (a.Types & Prim.Other) != 0) return AnyTypeName(a);
        return names.Count == 0 ? AbstractValue.AnyString : new AbstractValue(Prim.None, [.. names]);
    }

    // What is compared with it later says something of an attacker's value, and of what was looked up.
    private static AbstractValue AnyTypeName(AbstractValue a) => AbstractValue.AnyString.WithTest(a.Labels.Length > 0 || a.Proto is not null ? TestFacts.From("typeof", a.WithTest(null)) : null);

    internal static AbstractValue Equality(AbstractValue a, AbstractValue b, bool equal, bool converts)
    {
        if (a.SingleConstant() is { } x && b.SingleConstant() is { } y && x.GetType() == y.GetType()) return AbstractValue.Of(x.Equals(y) == equal);
        if (OnlyConstants(a) && OnlyConstants(b) && a.Constants.All(c => c is string) && b.Constants.All(c => c is string) && !a.Constants.Any(c => b.Constants.Contains(c))) return AbstractValue.Of(!equal);
        if ((a.Proto ?? b.Proto) is not null && LookupFacts(a, b) is { } lookup) return AbstractValue.AnyBoolean.WithTest(equal ? lookup : lookup.Not());
        if (a.Labels.Length == 0 && b.Labels.Length == 0 && a.Test is null && b.Test is null)
        {
            // undefined against something that surely is not.
            if (IsUndefined(b) && a.Types == Prim.None && !a.IsNone) return AbstractValue.Of(!equal);
            if (IsUndefined(b) && IsUndefined(a)) return AbstractValue.Of(equal);
            return AbstractValue.AnyBoolean;
        }
        var (value, other) = b.SingleConstant() is not null || IsUndefined(b) || b.Types == Prim.Null || !a.HasLabels && a.Test is null ? (a, b) : (b, a);
        if (value.Labels.Length == 0 && value.Test is null) (value, other) = (other, value);
        var test = EqualFacts(value, other, converts);
        return AbstractValue.AnyBoolean.WithTest(test is null || equal ? test : test.Not());
    }

    // What was looked up and is not there was not inherited: its key is none of the prototype's.
    private static FactSet Missing(AbstractValue value) => value.Proto?.OwnFacts() ?? FactSet.Empty;

    // A looked-up value compared with undefined, or with a prototype.
    private static TestFacts? LookupFacts(AbstractValue a, AbstractValue b)
    {
        var (value, other) = a.Proto is not null ? (a, b) : (b, a);
        var comparison = value.Labels.Length == 1 && IsNullish(other) ? new Comparison(value.Labels[0].Label.Node, "===", other.Types == Prim.Null ? "null" : "undefined") : null;
        if (IsNullish(other)) return TestFacts.Boolean(Missing(value), FactSet.Empty, comparison);
        if (other.Test is { Origin: "prototype" } || IsObjectPrototype(other)) return TestFacts.Boolean(FactSet.Empty, value.Proto!.Facts(TaintKinds.ProtoKey));
        return null;
    }

    // The prototype of a built-in type goes by the name of the type.
    private static bool IsObjectPrototype(AbstractValue v) => v.Objects is [{ Kind: ObjectKind.External, Name: "Object.prototype" or "Object" }];
    private static bool IsNullish(AbstractValue v) => (v.Types & ~(Prim.Undefined | Prim.Null)) == 0 && v.Types != Prim.None && v.Constants.Length == 0 && v.Objects.Length == 0 && v.Labels.Length == 0;
    private static bool OnlyConstants(AbstractValue v) => v.Types == Prim.None && v.Objects.Length == 0 && v.Labels.Length == 0 && v.Constants.Length > 0;
    private static bool IsUndefined(AbstractValue v) => v.Types == Prim.Undefined && v.Constants.Length == 0 && v.Objects.Length == 0 && v.Labels.Length == 0;

    private static TestFacts? EqualFacts(AbstractValue value, AbstractValue other, bool converts)
    {
        var constant = other.SingleConstant();
        if (value.Test is { Origin.Length: > 0 } origin) return OriginFacts(origin, other);
        if (value.Test is { } boolean && constant is bool expected) return expected ? boolean : boolean.Not();
        if (value.Labels.Length == 0) return null;
        var name = constant is null ? IsUndefined(other) ? "undefined" : other.Types == Prim.Null ? "null" : null : AbstractValue.Print(constant);
        var comparison = value.Labels.Length == 1 ? Guards.IsEqual(value.Labels[0].Label, name) : null;
        if (constant is string text) foreach (var l in value.Labels) if (value.Text is null && l.Label.Marks.Part() == TextPart.None) l.Label.Node.Literals.Add(text);
        if (constant is null && !OnlyConstants(other)) return name is null && other.HasLabels ? null : TestFacts.Boolean(FactSet.Empty, FactSet.Empty, comparison);
        FactSet yes = FactSet.Empty, no = FactSet.Empty;
        foreach (var l in value.Labels)
        {
            if (value.Text is not null) break;
            // Equal to something the code chose: not the attacker's any more. [["__proto__"]] == "__proto__" too, so keys that may be no strings stay.
            if (l.Label.Marks.Part() != TextPart.Section) yes = yes.Union(FactSet.Of(l.Label.FactKey, value.SurelyKey() ? TaintKinds.All : TaintKinds.All & ~(TaintKinds.ProtoKey | TaintKinds.CtorKey)));
            // With == every value is compared as the text that it becomes as a key.
            if (constant is string word && (converts || value.SurelyString || l.Label.SurelyKey())) no = no.Union(FactSet.Of(l.Label.FactKey, FactKinds.Exactly(Guards.KeyKinds(word))));
        }
        return TestFacts.Boolean(yes, no, comparison);
    }

    // What a comparison says of the values that a length, a type name or an index was derived from.
    private static TestFacts? OriginFacts(TestFacts origin, AbstractValue other)
    {
        var value = origin.Of.Values[0];
        switch (origin.Origin)
        {
            case "typeof" when other.SingleString is { } type:
                foreach (var l in value.Labels) l.Label.Node.Literals.Add("<" + type + ">");
                var yes = FactSet.Empty;
                if (type is "number" or "boolean" or "undefined" or "bigint") yes = yes.Union(FactsOf(value, TaintKinds.All | FactKinds.IsText));
                // A text is no operator of a query.
                if (type == "string") yes = yes.Union(FactsOf(value, FactKinds.IsText | TaintKinds.NosqlQuery));
                var no = FactSet.Empty;
                if (value.Proto is { } reach)
                {
                    // Object.prototype is an object, the function Object is none.
                    if (type != "function") yes = yes.Union(reach.Facts(type == "object" ? TaintKinds.CtorKey : TaintKinds.ProtoKey | TaintKinds.CtorKey));
                    else (yes, no) = (yes.Union(reach.Facts(TaintKinds.ProtoKey)), no.Union(reach.Facts(TaintKinds.CtorKey)));
                }
                return TestFacts.Boolean(yes, no, value.Labels.Length == 1 ? new Comparison(value.Labels[0].Label.Node, "typeof", type) : null);
            case "indexOf" when other.SingleConstant() is double n:
                // === -1: not found; === 0: found at the start.
                var found = IndexFacts(origin, true);
                return n < 0 ? found?.Not() : n == 0 ? TestFacts.Boolean(Guards.StartFacts(value, origin.Detail).Union(found?.IfTrue ?? FactSet.Empty), FactSet.Empty, Guards.Begins(value, origin.Detail)) : null;
            case "length" when other.SingleConstant() is double exact: return TestFacts.Boolean(FactsOf(value, Guards.SafeUpTo(exact)), FactSet.Empty);
            case "tag" when other.SingleString is { } tag && value.Proto is { } looked:
                return TestFacts.Boolean(looked.Facts(tag == "[object Object]" ? TaintKinds.CtorKey : tag == "[object Function]" ? TaintKinds.ProtoKey : TaintKinds.ProtoKey | TaintKinds.CtorKey), FactSet.Empty);
            // Of a plain object: Object.prototype. Of Object.prototype itself: null. A function has another.
            case "prototype" when value.Proto is { } of && (other.Types == Prim.Null || IsObjectPrototype(other)):
                return TestFacts.Boolean(of.Facts(IsObjectPrototype(other) ? TaintKinds.ProtoKey | TaintKinds.CtorKey : TaintKinds.CtorKey), FactSet.Empty);
            case "relative": return Guards.Relative(value, other);
            default: return null;
        }
    }

    private static TestFacts? IndexFacts(TestFacts origin, bool found)
    {
        var test = Guards.Contains(origin.Of.Values[0], origin.Detail, origin.Of.Values.Length > 1 ? origin.Of.Values[1] : null);
        return found ? test : test?.Not();
    }

    private static AbstractValue Order(BinaryOp op, AbstractValue a, AbstractValue b)
    {
        var left = a.Test is { Origin.Length: > 0 };
        var (value, other) = left ? (a, b) : (b, a);
        if (value.Test is not { Origin.Length: > 0 } origin)
        {
            foreach (var l in a.Labels) l.Label.Node.Uses |= UsedAs.Number;
            return AbstractValue.AnyBoolean;
        }
        var less = (op is BinaryOp.Less or BinaryOp.LessOrEqual) == left;
        if (origin.Origin == "length" && other.SingleConstant() is double and > 0 and var limit)
        {
            var bounded = FactsOf(origin.Of.Values[0], Guards.SafeUpTo(limit));
            return AbstractValue.AnyBoolean.WithTest(less ? TestFacts.Boolean(bounded, FactSet.Empty) : TestFacts.Boolean(FactSet.Empty, bounded));
        }
        if (origin.Origin == "indexOf" && other.SingleConstant() is double n)
        {
            var found = IndexFacts(origin, true);
            if (found is null) return AbstractValue.AnyBoolean;
            var isFound = !less && ((n == 0 && op is BinaryOp.GreaterOrEqual or BinaryOp.LessOrEqual) || n < 0);
            var isMissing = less && ((n == 0 && op is BinaryOp.Less or BinaryOp.Greater) || n < 0);
            if (isFound) return AbstractValue.AnyBoolean.WithTest(found);
            if (isMissing) return AbstractValue.AnyBoolean.WithTest(found.Not());
        }
        return AbstractValue.AnyBoolean;
    }

    private static AbstractValue KeyTest(AbstractValue key, AbstractValue table)
    {
        if (key.HasLabels && table.Objects.Length > 0 && table.Labels.Length == 0 && !table.Objects.Any(o => o.IsOpen || o.Kind == ObjectKind.External))
        {
            var facts = FactSet.Empty;
            // "in" also finds what is inherited, so keys of the prototype stay.
            foreach (var l in key.Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, TaintKinds.All & ~(TaintKinds.ProtoKey | TaintKinds.CtorKey)));
            return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(facts, FactsOf(key, FactKinds.OwnLookup)));
        }
        foreach (var l in table.Labels) l.Label.Node.Uses |= UsedAs.Object;
        // Not even inherited: none of the prototype's keys.
        return key.HasLabels ? AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(FactSet.Empty, FactsOf(key, FactKinds.OwnLookup))) : AbstractValue.AnyBoolean;
    }
}
