using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Schemas of zod, Joi and yup: what has passed one holds what it says. Fields keep what is said of each, others are gone.</summary>
internal static class Schemas
{
    private const string Shape = "<shape>", Items = "<items>", Open = "<open>", Parsing = "<parsed>", Form = "<form>", Of = "<of>";
    private const int MaxDepth = 6, MaxFields = 200;

    // What holds nothing of an attacker's text, by the functions of the three libraries.
    private static readonly HashSet<string> Clean = new(StringComparer.Ordinal)
    {
        "number", "int", "int32", "float32", "float64", "bigint", "boolean", "bool", "date", "nan", "enum", "nativeEnum", "literal", "uuid", "uuidv4", "uuidv7", "guid", "cuid", "cuid2", "ulid", "nanoid", "ip", "ipv4", "ipv6", "datetime",
        "valid", "oneOf", "alphanum", "hex", "token", "isoDate", "timestamp",
    };

    // What may give anything, whatever stands before it.
    private static readonly HashSet<string> Anything = new(StringComparer.Ordinal) { "transform", "pipe", "or", "and", "preprocess", "catchall", "custom", "when", "alternatives", "union", "lazy", "any", "unknown", "mixed", "record", "map", "allow" };

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var library in (ReadOnlySpan<string>)["zod", "joi", "yup"])
        {
            foreach (var maker in (ReadOnlySpan<string>)["object", "strictObject", "looseObject"]) t[$"{library}.{maker}"] = (i, c) => Object(i, c, library, c.Argument(0), maker[0] == 'l');
            t[library + ".array"] = (i, c) => List(i, c, library, c.Argument(0));
            var type = library + ".Schema.";
            t[type + "array"] = (i, c) => List(i, c, library, c.This);
            t[type + "items"] = t[type + "of"] = (i, c) => List(i, c, library, c.Argument(0));
            foreach (var same in (ReadOnlySpan<string>)["strict", "strip", "partial", "required", "deepPartial", "describe", "optional", "nullable", "nullish", "default", "readonly", "brand", "meta", "pick", "omit", "min", "max", "length", "noUnknown", "options", "label", "messages", "nonempty", "unique"]) t[type + same] = (_, c) => c.This;
            foreach (var open in (ReadOnlySpan<string>)["passthrough", "loose", "unknown"]) t[type + open] = (_, c) => { foreach (var o in c.This.Objects) o.Write(Open, AbstractValue.Of(true)); return c.This; };
            foreach (var form in (ReadOnlySpan<string>)["regex", "pattern", "matches"]) t[type + form] = t[$"{library}.string().{form}"] = (i, c) => Matching(i, c, library);
            foreach (var check in (ReadOnlySpan<string>)["refine", "superRefine", "check", "test", "custom"]) t[type + check] = (i, c) => { i.EscapeCallbacks(c.Frame, c.Place, c.Arguments); return c.This; };
            foreach (var more in (ReadOnlySpan<string>)["extend", "safeExtend", "merge", "keys", "shape", "concat", "append"]) t[type + more] = (i, c) => Extended(i, c, library);
            foreach (var parse in (ReadOnlySpan<string>)["parse", "parseAsync", "validateSync", "cast", "attempt"]) t[type + parse] = (i, c) => Parsed(i, c, c.This, c.Argument(0), MaxDepth);
            foreach (var result in (ReadOnlySpan<string>)["safeParse", "safeParseAsync", "spa"]) t[type + result] = (i, c) => Result(i, c, "data");
            t[type + "validate"] = t[type + "validateAsync"] = (i, c) => library == "joi" && c.Path.EndsWith("validate", StringComparison.Ordinal) ? Result(i, c, "value") : Parsed(i, c, c.This, c.Argument(0), MaxDepth);
        }
    }

    private static HeapObject Make(Interpreter i, CallSite c, string library, int part)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, part, ObjectKind.Plain, c.Place);
        made.AddPrototype(i.External(library + ".Schema", null).Value);
        return made;
    }

    private static AbstractValue Object(Interpreter i, CallSite c, string library, AbstractValue shape, bool open)
    {
        var made = Make(i, c, library, 210);
        made.Write(Shape, shape);
        if (open || c.Arguments.Length == 0) made.Write(Open, AbstractValue.Of(true));
        return made.Value;
    }

    // A text of a form.
    private static AbstractValue Matching(Interpreter i, CallSite c, string library)
    {
        if (RegExpFunctions.RegexOf(c.Argument(0)) is not { } regex || RegexFacts.AcceptedCharacters(regex.Name, regex.Flags) is not { } accepted) return c.This;
        var made = Make(i, c, library, 214);
        made.Write(Of, c.This);
        made.Write(Form, AbstractValue.Of((double)(uint)Guards.SafeWith(accepted)));
        return made.Value;
    }

    /// <summary>Whether an object is what a schema let through.</summary>
    public static bool IsParsed(HeapObject value) => value.HasOwn(Parsing);

    private static AbstractValue List(Interpreter i, CallSite c, string library, AbstractValue items)
    {
        var made = Make(i, c, library, 211);
        made.Write(Items, items);
        return made.Value;
    }

    private static AbstractValue Extended(Interpreter i, CallSite c, string library)
    {
        var made = Make(i, c, library, 212);
        foreach (var from in (ReadOnlySpan<AbstractValue>)[c.This, c.Argument(0)])
        {
            foreach (var o in from.Objects)
            {
                if (o.TryGetOwn(Shape, out var shape)) made.Write(Shape, shape);
                else made.Write(Shape, o.Value);
                // What was open stays so, but for an object of whose fields nothing was said before.
                if (o.TryGetOwn(Open, out var open) && o.TryGetOwn(Shape, out var known) && known.Objects.Length > 0) made.Write(Open, open);
            }
        }
        return made.Value;
    }

    private static AbstractValue Result(Interpreter i, CallSite c, string field)
    {
        var result = i.NewObject(c.Frame.Activation, c.Place.Start, 213, ObjectKind.Plain, c.Place);
        result.Write(field, Parsed(i, c, c.This, c.Argument(0), MaxDepth));
        result.Write("success", AbstractValue.AnyBoolean);
        result.Write("error", AbstractValue.Unknown);
        return result.Value;
    }

    private static AbstractValue Parsed(Interpreter i, CallSite c, AbstractValue schema, AbstractValue input, int depth)
    {
        if (schema.Objects.Length == 0 || schema.HasLabels || depth == 0) return input;
        var result = AbstractValue.None;
        foreach (var o in schema.Objects) result = result.Join(Parsed(i, c, o, input, depth));
        return result;
    }

    private static AbstractValue Parsed(Interpreter i, CallSite c, HeapObject schema, AbstractValue input, int depth)
    {
        if (schema.Kind == ObjectKind.External) return Scalar(schema.Name, input);
        if (schema.TryGetOwn(Items, out var items))
        {
            var list = i.NewObject(c.Frame.Activation, c.Place.Start, 300 + (schema.Id % 1_000_000 * 2), ObjectKind.Array, c.Place);
            list.WriteElement(Parsed(i, c, items, i.ElementsOf(input), depth - 1));
            return list.Value;
        }
        if (schema.TryGetOwn(Of, out var of))
        {
            var text = Parsed(i, c, of, input, depth - 1);
            var kinds = schema.TryGetOwn(Form, out var form) ? form.Constants.OfType<double>().Aggregate(TaintKinds.None, (all, k) => all | (TaintKinds)(uint)k) : TaintKinds.None;
            return new AbstractValue(Prim.String, null, null, i.Without(text.Labels, kinds));
        }
        if (!schema.TryGetOwn(Shape, out var shape)) return input;
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 301 + (schema.Id % 1_000_000 * 2), ObjectKind.Plain, c.Place);
        foreach (var s in shape.Objects)
        {
            foreach (var name in s.FieldNames.Where(Interpreter.IsField).Take(MaxFields).ToList())
            {
                if (s.TryGetOwn(name, out var field)) made.Write(name, Parsed(i, c, field, i.GetProperty(input, name, c.Place, c.Frame), depth - 1));
            }
        }
        made.Write(Parsing, AbstractValue.Of(true));
        return schema.HasOwn(Open) ? input.Join(made.Value) : made.Value;
    }

    // "zod.string().min().uuid()": by the functions that made it.
    private static AbstractValue Scalar(string path, AbstractValue input)
    {
        var text = false;
        var clean = false;
        foreach (var part in path.Split('.'))
        {
            var name = part.TrimEnd('(', ')');
            if (Anything.Contains(name)) return input;
            clean |= Clean.Contains(name);
            text |= name == "string";
        }
        if (clean) return text ? AbstractValue.AnyString : AbstractValue.AnyNumber.Join(AbstractValue.AnyString);
        return text ? new AbstractValue(Prim.String, null, null, input.Labels) : input;
    }
}
