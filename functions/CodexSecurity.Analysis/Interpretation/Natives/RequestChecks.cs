using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Chains of express-validator that stand before a handler: they say which form a part of the request has.</summary>
internal static class RequestChecks
{
    private const string Part = "<part>", Field = "<field>", Removed = "<removed>", Negated = "<not>", Result = "validationResult";
    private static readonly string[] Parts = ["body", "query", "params", "headers", "cookies"];

    // What is written with such characters only, or is no text any more.
    private static readonly string[] Clean =
    [
        "isInt", "isNumeric", "isUUID", "isMongoId", "isAlpha", "isAlphanumeric", "isHexadecimal", "isDecimal", "isFloat", "isBoolean", "isPort", "isIP", "isMD5", "isHash", "isISO8601", "isDate", "isHexColor", "isSlug", "isIn", "isCreditCard",
        "toInt", "toFloat", "toBoolean", "toDate",
    ];

    private static readonly string[] Others =
    [
        "optional", "notEmpty", "isEmpty", "trim", "ltrim", "rtrim", "isLength", "isByteLength", "withMessage", "bail", "exists", "custom", "normalizeEmail", "isURL", "if", "isArray", "isObject", "customSanitizer", "default", "blacklist", "whitelist",
        "stripLow", "unescape", "equals", "contains", "isStrongPassword", "isJSON", "isLowercase", "isUppercase", "isMobilePhone", "isBase64", "toLowerCase", "toUpperCase", "toArray", "isFQDN", "isISBN", "isLatLong", "isRFC3339", "replace", "hide", "isAscii",
    ];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var module in (ReadOnlySpan<string>)["express-validator.", "express-validator/check."])
        {
            foreach (var (maker, part) in (ReadOnlySpan<(string, string)>)[("body", "body"), ("query", "query"), ("param", "params"), ("header", "headers"), ("cookie", "cookies"), ("check", "")]) t[module + maker] = (i, c) => Make(i, c, part);
        }
        const string Chain = "express-validator.Chain.";
        foreach (var name in Clean) t[Chain + name] = (_, c) => Remove(c, TaintKinds.All);
        foreach (var name in Others) t[Chain + name] = (i, c) => { i.EscapeCallbacks(c.Frame, c.Place, c.Arguments); return c.This; };
        t[Chain + "escape"] = (_, c) => Remove(c, TaintKinds.HtmlText);
        t[Chain + "isString"] = (_, c) => Remove(c, FactKinds.IsText | TaintKinds.NosqlQuery);
        t[Chain + "isEmail"] = (_, c) => Remove(c, TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.HtmlText | TaintKinds.HeaderText | TaintKinds.LogText | TaintKinds.NosqlQuery);
        t[Chain + "matches"] = (_, c) => RegExpFunctions.RegexOf(c.Argument(0)) is { } regex && RegexFacts.AcceptedCharacters(regex.Name, regex.Flags) is { } accepted ? Remove(c, Guards.SafeWith(accepted)) : c.This;
        t[Chain + "not"] = (_, c) => { foreach (var o in c.This.Objects) o.Write(Negated, AbstractValue.Of(true)); return c.This; };
    }

    /// <summary>The chains among the handlers of a route, where the program looks at what they found.</summary>
    public static IReadOnlyList<HeapObject> Among(Interpreter i, IReadOnlyList<AbstractValue> handlers)
    {
        var chains = handlers.SelectMany(h => h.Objects).SelectMany(o => o.Kind == ObjectKind.Array ? o.Items().SelectMany(v => v.Objects) : [o]).Where(o => o.HasOwn(Field)).ToList();
        return chains.Count > 0 && i.World.Modules.Values.Any(m => m.Ir.Names.Contains(Result)) ? chains : [];
    }

    /// <summary>What the chains say of a request.</summary>
    public static FactSet Facts(Interpreter i, CallSite c, IReadOnlyList<HeapObject> chains, AbstractValue request)
    {
        var facts = FactSet.Empty;
        foreach (var chain in chains)
        {
            if (chain.HasOwn(Negated) || !chain.TryGetOwn(Removed, out var removed) || !chain.TryGetOwn(Field, out var fields) || !chain.TryGetOwn(Part, out var part)) continue;
            var kinds = removed.Constants.OfType<double>().Aggregate(TaintKinds.None, (all, k) => all | (TaintKinds)(uint)k);
            foreach (var field in fields.KnownStrings().Concat(fields.Objects.SelectMany(o => o.Items()).SelectMany(v => v.KnownStrings())))
            {
                foreach (var p in part.SingleString is { Length: > 0 } one ? [one] : Parts)
                {
                    var value = field.Split('.').Aggregate(i.GetProperty(request, p, c.Place, c.Frame), (v, name) => i.GetProperty(v, name, c.Place, c.Frame));
                    facts = facts.Union(Interpreter.FactsOf(value, kinds));
                }
            }
        }
        return facts;
    }

    private static AbstractValue Make(Interpreter i, CallSite c, string part)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 220, ObjectKind.Plain, c.Place);
        made.AddPrototype(i.External("express-validator.Chain", null).Value);
        made.Write(Part, AbstractValue.Of(part));
        made.Write(Field, c.Argument(0));
        return made.Value;
    }

    private static AbstractValue Remove(CallSite c, TaintKinds kinds)
    {
        foreach (var o in c.This.Objects) o.Write(Removed, AbstractValue.Of((double)(uint)kinds));
        return c.This;
    }
}
