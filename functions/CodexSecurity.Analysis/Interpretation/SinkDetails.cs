using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What makes a value dangerous beyond its labels: which part of an address it is, and whether it can be an object.</summary>
internal static class SinkDetails
{
    private const int MaxDepth = 4;
    // These parts of a request are text, whatever the client sends.
    private static readonly string[] TextParts = ["params", "headers", "path", "url", "arguments"];
    /// <summary>The operator of a query whose value is code.</summary>
    public const string Where = "$where";
    private static readonly string[] CodeOperators = [Where, "$function", "$accumulator", "body"];

    /// <summary>The attacker has a say in the host of an address: nothing that ends the host stands before the attacker's part.</summary>
    public static bool ChoosesHost(AbstractValue value)
    {
        if (value.Text is not { Length: > 0 } text) return true;
        // What another part of the program put in front is taken for the host.
        if (text[0] is { Literal: null, Label: null }) return false;
        if (text[0].Literal is not { } start) return true;
        var scheme = start.IndexOf("://", StringComparison.Ordinal);
        var host = scheme >= 0 ? scheme + 3 : start.StartsWith("//", StringComparison.Ordinal) ? 2 : 0;
        if (scheme < 0 && host == 0) return false;
        if (start.AsSpan(host).IndexOfAny("/?#\\") >= 0) return false;
        // "http://" and then a part that the program chose.
        return !(host == start.Length && text.Length > 1 && text[1] is { Literal: null, Label: null });
    }

    /// <summary>The text of an address that may be given as a URL object.</summary>
    public static AbstractValue Address(AbstractValue value)
    {
        foreach (var o in value.Objects) if (o.Kind == ObjectKind.Plain && o.HasOwn("searchParams") && o.TryGetOwn("href", out var href)) value = value.Join(href);
        return value;
    }

    /// <summary>The attacker decides to which site a redirect leads.</summary>
    public static bool ChoosesSite(AbstractValue value)
    {
        if (value.Text is not { Length: > 0 } text) return true;
        if (text[0] is { Literal: null, Label: null }) return false;
        if (text[0].Literal is not { } start) return true;
        if (IsOwnSite(text)) return false;
        if (start is "/" or "//" or "/\\") return true;
        return (start.Contains("://", StringComparison.Ordinal) || start.StartsWith("//", StringComparison.Ordinal)) && ChoosesHost(value);
    }

    // "https://", the host that the client asked for, and a path: nobody sends others there.
    private static bool IsOwnSite(TextPiece[] text) =>
        text is [{ Literal: "http://" or "https://" or "//" }, { Label: { Node: { Source.Root: "request" } host } }, ..] && host.Path() is ["headers", "host"]
        && (text.Length == 2 || text[2].Literal?.StartsWith('/') == true || (text[2].Label is { Node: { Source.Root: "request" } path } && path.Path() is ["url" or "originalUrl" or "path", ..]));

    /// <summary>Labels of a query document that may bring operators with them, and of text in places where it is code.</summary>
    public static Tainted[] QueryLabels(AbstractValue value)
    {
        var labels = Operators(value, false);
        if (value.Objects.Length == 0) return labels;
        foreach (var (o, code) in HeldValues.Of(value, MaxDepth, o => o.Kind is ObjectKind.Plain or ObjectKind.Array, IsCode))
        {
            if (o.HeldLabels().Length == 0) continue;
            labels = AbstractValue.JoinLabels(labels, Operators(o.Elements, code));
            if (o.Kind == ObjectKind.Array) continue;
            foreach (var name in o.FieldNames) if (name != "$eq" && o.TryGetOwn(name, out var v) && Interpreter.IsField(name)) labels = AbstractValue.JoinLabels(labels, Operators(v, code || IsCode(name)));
        }
        return labels;
    }

    private static Tainted[] Operators(AbstractValue value, bool code) =>
        value.Labels.Length == 0 || code ? value.Labels : value.SurelyString || IsText(value) ? [] : Array.FindAll(value.Labels, l => !IsText(l.Label.Node));

    private static bool IsCode(string field) => Array.IndexOf(CodeOperators, field) >= 0;

    private static bool IsText(AbstractValue value) => value.Text is not null && (value.Types & Prim.Other) == 0;

    private static bool IsText(AccessNode node)
    {
        if (node.Source.Kind is "stored" or "command-line" or "environment") return true;
        var first = node;
        while (first.Parent is { Parent: not null }) first = first.Parent;
        return node.Source.Root == "request" && Array.IndexOf(TextParts, first.Segment) >= 0;
    }

    /// <summary>A part of a request that may come as an object of any names, or what a library's caller hands it.</summary>
    public static bool MayHoldObjects(Tainted label) => !IsText(label.Label.Node) && !label.Label.Marks.HasFlag(TextMarks.Key);

    /// <summary>What a database found, or one of several that it found.</summary>
    public static bool IsRecord(AccessNode node) => node.Source.Root == "record" && (node.Parent is null || (node.Segment == "[*]" && node.Parent.Parent is null));

    /// <summary>A header of a request as it came: no line break is in it, or the request would have ended there.</summary>
    public static bool IsHeader(TaintLabel label) => !label.Marks.HasFlag(TextMarks.Decoded) && label.Node.Source.Root == "request" && label.Node.Path() is ["headers", ..];

    /// <summary>
    /// A value that jQuery takes for markup where it begins as such, and for a selector, an element or a collection otherwise. What callers hand over by itself, and
    /// what is in an event, is an element for the most part; among options a selector is expected. The page's address as it is begins otherwise.
    /// </summary>
    public static bool MayBeMarkup(Tainted label)
    {
        var node = label.Label.Node;
        var steps = label.Trace.Steps();
        if (steps.Any(s => s.Message.StartsWith("handed on by", StringComparison.Ordinal))) return false;
        return node.Source.Kind switch
        {
            TaintSource.OfCallers => node.Parent is { Parent: null } && !IsEvent(node.Source.Name) && Array.IndexOf(FieldsWithElements, node.Segment) < 0,
            "stored" => node.Source.Root == "page" && node.Parent is null,
            "http-request" when node.Segment == "url" => label.Label.Marks != TextMarks.None || steps.Any(s => s.Transformation is not ("" or "join" or "trim")),
            _ => true,
        };
    }

    // Of elements and events: what is there is an element as well.
    private static readonly string[] FieldsWithElements =
    [
        "currentTarget", "relatedTarget", "delegateTarget", "srcElement", "parentNode", "parentElement", "ownerDocument", "documentElement", "body", "head", "firstChild", "lastChild", "firstElementChild",
        "lastElementChild", "nextSibling", "previousSibling", "nextElementSibling", "previousElementSibling", "children", "childNodes", "activeElement", "host", "shadowRoot", "contentDocument", "contentWindow",
    ];

    private static bool IsEvent(string parameter) => parameter is "e" or "ev" or "evt" or "event" or "_event" or "$event";

    /// <summary>What a server answers that the attacker chose: as much under his control as the choice.</summary>
    public static AbstractValue Answer(Interpreter i, CallSite call, AbstractValue address)
    {
        var labels = new List<Tainted>();
        foreach (var o in address.Objects)
        {
            foreach (var field in (ReadOnlySpan<string>)["url", "uri", "host", "hostname", "baseURL"]) if (o.Kind == ObjectKind.Plain && o.TryGetOwn(field, out var part)) Add(part);
        }
        Add(address);
        return labels.Count == 0 ? AbstractValue.Unknown : new AbstractValue(Prim.Any, null, null, [labels[0]]);

        void Add(AbstractValue value)
        {
            if (!ChoosesHost(value)) return;
            foreach (var l in value.Labels)
            {
                var source = l.Label.Node.Source;
                // An argument of a library function is a choice of its caller.
                if (source.Kind is not ("http-request" or "message")) continue;
                if (((l.Label.Removed | call.Frame.Facts.KindsOf(l.Label)) & TaintKinds.UrlRequest) != 0) continue;
                var node = i.World.SourceNode(i, new SourceModel(PortPath.Return, source.Kind, "answer", []), source.Entry, call.Path, call.Place);
                labels.Add(new Tainted(i.Labels.Label(node), Trace.Add(l.Trace, call.Place, "a server of the attacker's choice gives the answer", "answer")));
            }
        }
    }
}
