using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>String.prototype and conversions.</summary>
internal static class StringFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var name in (ReadOnlySpan<string>)["trim", "trimEnd", "trimStart", "trimLeft", "trimRight", "toLowerCase", "toUpperCase", "toLocaleLowerCase", "toLocaleUpperCase", "normalize", "padEnd", "padStart", "repeat", "charAt", "valueOf", "at", "anchor", "link", "substr", "substring", "slice"])
        {
            t["String." + name] = (i, c) => Carry(i, c, name);
        }
        t["String.toString"] = (i, c) => IsEncoding(c) ? new AbstractValue(Prim.String, null, null, i.Without(Interpreter.Traced(c.This.Labels, c.Place, "encoded", "encode"), Guards.SafeWith(EncodedCharacters))) : c.This.HasLabels || c.This.SurelyString || c.This.Constants.Length > 0 ? Carry(i, c, "") : AbstractValue.AnyString.Join(Stringified(i, c, c.This));
        t["String"] = t["new String"] = (i, c) => Stringified(i, c, c.Argument(0));
        t["String.concat"] = (_, c) => c.Arguments.Aggregate(c.This, (text, a) => Interpreter.Append(text, a, c.Place));
        t["String.split"] = Split;
        t["String.replace"] = t["String.replaceAll"] = Replace;
        t["String.match"] = Match;
        // A list of what each match gives.
        t["String.matchAll"] = (i, c) => ArrayFunctions.List(i, c, Match(i, c), 108);
        t["String.search"] = (i, c) => { RegExpFunctions.Matched(i, c, RegExpFunctions.Compiled(i, c, c.Argument(0)), c.This, "search"); return AbstractValue.AnyNumber; };
        t["String.indexOf"] = t["String.lastIndexOf"] = (_, c) => AbstractValue.AnyNumber.WithTest(ArrayFunctions.Search(c));
        t["String.includes"] = (_, c) => AbstractValue.AnyBoolean.WithTest(Guards.Contains(c.This, c.Argument(0).SingleString, c.Argument(0)));
        t["String.startsWith"] = (_, c) => AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(Guards.StartFacts(c.This, c.Argument(0).SingleString), Refused(c), Guards.Begins(c.This, c.Argument(0).SingleString)));
        t["String.endsWith"] = (_, c) => AbstractValue.AnyBoolean.WithTest(c.This.Labels.Length == 1 && c.Argument(0).SingleString is { } end ? TestFacts.Boolean(Guards.EndFacts(c.This, end), FactSet.Empty, new Comparison(c.This.Labels[0].Label.Node, "endsWith", end)) : null);
        t["String.charCodeAt"] = t["String.codePointAt"] = t["String.localeCompare"] = (_, _) => AbstractValue.AnyNumber;
        t["String.fromCharCode"] = t["String.fromCodePoint"] = (_, _) => AbstractValue.AnyString;
        t["String.raw"] = (_, c) => new AbstractValue(Prim.String, null, null, c.Arguments.Aggregate(Array.Empty<Tainted>(), (all, a) => AbstractValue.JoinLabels(all, a.Labels)));
        foreach (var name in (ReadOnlySpan<string>)["parseInt", "parseFloat", "Number", "Number.parseInt", "Number.parseFloat", "BigInt", "new Number", "Boolean", "new Boolean", "isNaN", "isFinite", "Number.isInteger", "Number.isNaN", "Number.isFinite"])
        {
            t[name] = (_, c) =>
            {
                var v = c.Argument(0);
                foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.Number;
                if (name.EndsWith("isNaN", StringComparison.Ordinal)) return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(FactSet.Empty, NumberFacts(v)));
                if (name is "isFinite" or "Number.isFinite" or "Number.isInteger") return AbstractValue.AnyBoolean.WithTest(TestFacts.Boolean(NumberFacts(v), FactSet.Empty));
                return name is "Boolean" or "new Boolean" ? AbstractValue.AnyBoolean : v.HasLabels ? AbstractValue.AnyNumber.WithTest(TestFacts.From(name.Contains("parse", StringComparison.Ordinal) ? "leading-number" : "number", v.WithTest(null))) : AbstractValue.AnyNumber;
            };
        }
        // A time and a row of numbers hold nothing of a text that they were made from.
        foreach (var name in (ReadOnlySpan<string>)["Date", "Uint8ClampedArray", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array"])
            t["new " + name] = (i, _) => i.External("new " + name, null).Value;
        t["btoa"] = (i, c) => Encoded(i, c, Guards.SafeWith(EncodedCharacters));
        t["encodeURIComponent"] = (i, c) => Encoded(i, c, TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.UrlRequest | TaintKinds.UrlRedirect | TaintKinds.HtmlText | TaintKinds.HeaderText);
        t["escape"] = (i, c) => Encoded(i, c, TaintKinds.HtmlText | TaintKinds.HeaderText);
        t["encodeURI"] = (i, c) => Encoded(i, c, TaintKinds.HeaderText);
        t["decodeURIComponent"] = t["decodeURI"] = t["unescape"] = t["querystring.unescape"] = Decode;
    }

    // What hexadecimal digits and base64 are written with.
    private static readonly CharacterSet EncodedCharacters = RegexFacts.AcceptedCharacters("^[A-Za-z0-9+/=_-]*$", "")!;

    // Bytes written as text. A text's own toString has no encodings.
    private static bool IsEncoding(CallSite c) => c.This.HasLabels && c.Argument(0).SingleString is "hex" or "base64" or "base64url"
        && Array.TrueForAll(c.This.Labels, l => l.Trace.Steps().Any(s => s.Transformation is "Buffer.from" or "new Buffer" or "Buffer" or "Buffer.concat"));

    // Of a text that is a number, or begins with one.
    private static FactSet NumberFacts(AbstractValue v) => v.Test switch
    {
        { Origin: "number" } => Interpreter.FactsOf(v.Test.Of.Values[0], TaintKinds.All),
        { Origin: "leading-number" } => Interpreter.FactsOf(v.Test.Of.Values[0], TaintKinds.ProtoKey | TaintKinds.CtorKey),
        _ => Interpreter.FactsOf(v, TaintKinds.All),
    };

    private static FactSet Refused(CallSite c) => c.Argument(0).SingleString switch
    {
        "-" or "--" => Interpreter.FactsOf(c.This, TaintKinds.Argv),
        "__proto__" or "constructor" or "prototype" => Guards.NotAtStart(c.This, c.Argument(0).SingleString!),
        // path.relative(root, file) that does not begin with "..".
        "../" or ".." or "..\\" when c.This.Test is { Origin: "relative" } => Interpreter.FactsOf(c.This.Test.Of.Values[0], TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry),
        "../" or ".." when c.This.Labels.All(l => l.Label.Marks.HasFlag(TextMarks.Normalized)) => Interpreter.FactsOf(c.This, TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry),
        _ => FactSet.Empty,
    };

    /// <summary>A text made from the receiver.</summary>
    internal static AbstractValue Carry(Interpreter i, CallSite c, string transformation)
    {
        var v = c.This;
        if (transformation is "toLowerCase" or "toUpperCase" && v.OnlyKnownStrings && v.Constants.Length <= 8)
        {
            return new AbstractValue(Prim.None, [.. v.KnownStrings().Select(s => (object)(transformation == "toLowerCase" ? s.ToLowerInvariant() : s.ToUpperInvariant())).Distinct().OrderBy(s => (string)s, StringComparer.Ordinal)]);
        }
        if (transformation.Length == 0 && v.OnlyKnownStrings) return v;
        if (v.Labels.Length == 0) return AbstractValue.AnyString;
        var labels = v.Labels;
        if (transformation is "slice" or "substr" or "substring" && c.Arguments.Length > 1 && c.Argument(0).SingleConstant() is double from and >= 0 && c.Argument(1).SingleConstant() is double to and > 0) labels = i.Without(labels, Guards.SafeUpTo(transformation == "substr" ? to : to - from));
        if (transformation is "charAt" or "at") labels = i.Without(labels, Guards.SafeUpTo(1));
        var cut = Cut(c, transformation);
        if (cut != TextPart.None) labels = i.PartsOf(labels, cut);
        return new AbstractValue(Prim.String, null, null, transformation.Length == 0 ? labels : Interpreter.Traced(labels, c.Place, "", transformation), transformation is "" or "trim" ? v.Text : null);
    }

    private static TextPart Cut(CallSite c, string transformation) => transformation switch
    {
        "slice" or "substr" or "substring" when c.Arguments.Length == 0 => TextPart.None,
        "slice" or "substr" or "substring" => c.Arguments.Length == 1 ? TextPart.Section : c.Argument(0).SingleConstant() is 0.0 ? TextPart.Start : TextPart.Section,
        "charAt" or "at" => c.Arguments.Length == 0 || c.Argument(0).SingleConstant() is 0.0 ? TextPart.Start : TextPart.Section,
        _ => TextPart.None,
    };

    private static AbstractValue Stringified(Interpreter i, CallSite c, AbstractValue v)
    {
        if (v.OnlyKnownStrings) return v;
        var labels = Interpreter.DeepLabels(v, 1);
        foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.String;
        foreach (var o in v.Objects)
        {
            if (o.TryGetOwn("toString", out _) || o.Prototype.Objects.Any(p => p.HasOwn("toString"))) labels = AbstractValue.JoinLabels(labels, i.CallMethod(c.Frame, c.Place, o.Value, "toString", []).Labels);
        }
        // String(x) makes a key a string: a guard that compares it holds.
        return labels.Length == 0 ? AbstractValue.AnyString : new AbstractValue(Prim.String, null, null, i.Without(labels, TaintKinds.None, TextMarks.Key), v.Text);
    }

    private static AbstractValue Split(Interpreter i, CallSite c)
    {
        RegExpFunctions.Matched(i, c, c.Argument(0), c.This, "split");
        if (c.This.Labels.Length == 0)
        {
            if (c.This.SingleString is { } known && c.Argument(0).SingleString is { Length: > 0 } by && known.Length < 2000) return i.ArrayOf(c.Frame.Activation, c.Place.Start, 104, [.. known.Split(by).Take(40).Select(AbstractValue.Of)], c.Place).Value;
            return ArrayFunctions.List(i, c, AbstractValue.AnyString);
        }
        var marks = TextMarks.Key;
        var labels = i.Without(Interpreter.Traced(c.This.Labels, c.Place, "split into parts", "split:" + (c.Argument(0).SingleString ?? "")), TaintKinds.None, marks);
        labels = i.PartsOf(labels, TextPart.Piece);
        var removed = c.Argument(0).SingleString switch
        {
            "/" => TaintKinds.None,
            "_" => TaintKinds.ProtoKey,
            _ => TaintKinds.None,
        };
        if (removed != TaintKinds.None) labels = i.Without(labels, removed);
        return ArrayFunctions.List(i, c, new AbstractValue(Prim.String, null, null, labels));
    }

    private static AbstractValue Match(Interpreter i, CallSite c)
    {
        var pattern = RegExpFunctions.Compiled(i, c, c.Argument(0));
        RegExpFunctions.Matched(i, c, pattern, c.This, "match");
        var regex = RegExpFunctions.RegexOf(pattern);
        return RegExpFunctions.Parts(i, c, c.This, regex);
    }

    private static AbstractValue Replace(Interpreter i, CallSite c)
    {
        RegExpFunctions.Matched(i, c, c.Argument(0), c.This, "replace");
        var regex = RegExpFunctions.RegexOf(c.Argument(0));
        var replacement = c.Argument(1);
        var produced = AbstractValue.None;
        if (replacement.Objects.Length > 0)
        {
            var part = c.This.HasLabels ? new AbstractValue(Prim.String, null, null, i.PartsOf(Interpreter.Traced(c.This.Labels, c.Place, "matched", "match"), TextPart.Piece)) : AbstractValue.AnyString;
            var count = replacement.Objects.Max(o => o.Code?.Parameters.Count ?? 1);
            produced = i.CallBack(c.Frame, c.Place, replacement, [.. Enumerable.Repeat(part, Math.Clamp(count, 1, 8))], AbstractValue.Undefined);
        }
        else produced = replacement;
        var labels = c.This.Labels;
        if (labels.Length > 0)
        {
            var all = c.Path.EndsWith("All", StringComparison.Ordinal) || (regex?.Flags.Contains('g') ?? false);
            var removes = regex is null ? RemovedByText(c.Argument(0).SingleString, all) : all ? RemovedBy(regex, replacement) : TaintKinds.None;
            // Of a normalised path the steps upward stand at its start.
            if (regex is not null && produced.SingleString is "" or "/" or "./" && LeadingSteps.IsMatch(regex.Name) && Array.TrueForAll(labels, l => l.Label.Marks.HasFlag(TextMarks.Normalized))) removes |= TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry;
            labels = i.Without(Interpreter.Traced(labels, c.Place, "parts are replaced", "replace"), removes);
            // What is taken out of the middle may leave ".." where there was none; what is taken from the start does not.
            if (regex is null || !regex.Name.StartsWith('^') || regex.Name.Contains('|', StringComparison.Ordinal)) labels = i.Unrooted(labels);
        }
        labels = AbstractValue.JoinLabels(labels, produced.Labels);
        if (labels.Length == 0) return AbstractValue.AnyString;
        return new AbstractValue(Prim.String, null, null, labels);
    }

    // "^(\.\.[\/\\])+" and its like: any number of steps upward at the start.
    private static readonly Regex LeadingSteps = new(@"^\^\((\?:)?\\\.(\\\.|\{2\}).{1,16}\)[+*]$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static TaintKinds RemovedByText(string? text, bool all) => all && text == ".." ? TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry : TaintKinds.None;

    // What a global replacement takes away: single characters, each of them, wherever they stand.
    private static TaintKinds RemovedBy(HeapObject regex, AbstractValue replacement)
    {
        if (RegexFacts.RejectedSingleCharacters(regex.Name, regex.Flags) is { } gone)
        {
            var by = replacement.SingleString;
            if (by is not null and not ("''" or "\"\"") && by.IndexOfAny(['$', '\\']) < 0) return Guards.SafeWith(gone.Complement()) & (by.Length == 0 || by.All(ch => char.IsLetterOrDigit(ch) || ch is '-' or '_' or ' ' or '&' or ';' or '#') ? TaintKinds.All : TaintKinds.None);
            // Each of these characters becomes something that the code wrote: an escape.
            return Guards.EscapedWith(gone, by);
        }
        return regex.Name is @"\.\." or @"\.{2,}" or @"\.\.+" or @"\.+" && replacement.SingleString is "" ? TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry : TaintKinds.None;
    }

    private static AbstractValue Encoded(Interpreter i, CallSite c, TaintKinds removes)
    {
        var v = c.Argument(0);
        return v.Labels.Length == 0 ? AbstractValue.AnyString : new AbstractValue(Prim.String, null, null, i.Without(Interpreter.Traced(v.Labels, c.Place, "encoded", "encode"), removes));
    }

    internal static AbstractValue Decode(Interpreter i, CallSite c)
    {
        var v = c.Argument(0);
        if (v.Labels.Length == 0) return AbstractValue.AnyString;
        var labels = v.Labels.Select(l => l with
        {
            Label = i.Labels.Label(l.Label.Node, TaintKinds.None, (l.Label.Marks & ~(TextMarks.Normalized | TextMarks.Rooted)) | TextMarks.Decoded),
            Trace = Trace.Add(l.Trace, c.Place, "percent-decoded", "decodeURIComponent"),
        }).ToList();
        labels.Sort((a, b) => a.Label.Id.CompareTo(b.Label.Id));
        return new AbstractValue(Prim.String, null, null, [.. labels.Distinct()]);
    }
}
