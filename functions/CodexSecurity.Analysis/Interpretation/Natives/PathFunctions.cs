using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>path, url and querystring.</summary>
internal static class PathFunctions
{
    private const TaintKinds Targets = TaintKinds.UrlRequest | TaintKinds.UrlRedirect;
    private const TaintKinds Paths = TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry;

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var module in (ReadOnlySpan<string>)["path", "path.posix", "path.win32", "path/posix", "upath", "pathe"])
        {
            t[module + ".join"] = t[module + ".resolve"] = t[module + ".normalize"] = Joined;
            t[module + ".basename"] = (i, c) => Part(i, c, Paths, TextPart.FileName);
            t[module + ".extname"] = (i, c) => Part(i, c, Paths, TextPart.Extension);
            t[module + ".dirname"] = (i, c) => Part(i, c, TaintKinds.None, TextPart.Folder);
            t[module + ".relative"] = (i, c) =>
            {
                var v = c.Argument(1);
                return v.HasLabels ? new AbstractValue(Prim.String, null, null, Interpreter.Traced(v.Labels, c.Place, "made relative", "path.relative")).WithTest(TestFacts.From("relative", v)) : AbstractValue.AnyString;
            };
            t[module + ".isAbsolute"] = (_, _) => AbstractValue.AnyBoolean;
            t[module + ".parse"] = (i, c) =>
            {
                var made = i.NewObject(c.Frame.Activation, c.Place.Start, 150, ObjectKind.Plain, c.Place);
                foreach (var name in (ReadOnlySpan<string>)["base", "name", "ext"]) made.Write(name, Part(i, c, Paths, name == "ext" ? TextPart.Extension : TextPart.FileName));
                foreach (var name in (ReadOnlySpan<string>)["dir", "root"]) made.Write(name, Part(i, c, TaintKinds.None, TextPart.Folder));
                return made.Value;
            };
            t[module + ".format"] = (_, c) => new AbstractValue(Prim.String, null, null, Interpreter.DeepLabels(c.Argument(0), 1));
        }
        t["url.parse"] = t["url-parse"] = t["parseurl"] = Parse;
        t["new URL"] = t["new url.URL"] = t["new url.Url"] = (i, c) => Parse(i, c);
        t["url.resolve"] = t["url.format"] = (_, c) => c.Arguments.Aggregate(AbstractValue.Of(""), (all, a) => Interpreter.Append(all, a, c.Place)).WithTest(null);
        t["url.fileURLToPath"] = (i, c) => Part(i, c, TaintKinds.None, TextPart.None);
        t["querystring.parse"] = t["qs.parse"] = t["querystring.decode"] = t["new URLSearchParams"] = t["query-string.parse"] = (_, c) =>
        {
            var v = c.Argument(0);
            return v.HasLabels ? new AbstractValue(Prim.Any, null, null, Interpreter.Traced(v.Labels, c.Place, "parsed as a query", "querystring.parse")) : AbstractValue.Unknown;
        };
    }

    private static AbstractValue Joined(Interpreter i, CallSite c)
    {
        if (c.Arguments.Length > 0 && !c.IsOpen && c.Arguments.All(a => a.SingleString is not null)) return AbstractValue.Of(Normalize(string.Join('/', c.Arguments.Select(a => a.SingleString)), c.Path.EndsWith("resolve", StringComparison.Ordinal)));
        var name = c.Path[(c.Path.LastIndexOf('.') + 1)..];
        var labels = Array.Empty<Tainted>();
        for (var k = 0; k < c.Arguments.Length; k++)
        {
            var more = Interpreter.DeepLabels(c.Arguments[k], 1);
            // An absolute path takes the place of what it is resolved against.
            labels = AbstractValue.JoinLabels(labels, name == "resolve" ? i.Unrooted(more) : k > 0 ? Interpreter.Below(more) : more);
        }
        if (labels.Length == 0) return AbstractValue.AnyString;
        foreach (var a in c.Arguments) foreach (var l in a.Labels) l.Label.Node.Uses |= UsedAs.String;
        var text = new List<TextPiece>();
        foreach (var a in c.Arguments)
        {
            if (text.Count > 0) text.Add(new TextPiece("/", null));
            text.AddRange(Interpreter.PiecesOf(a));
        }
        labels = i.Without(Interpreter.Traced(labels, c.Place, $"joined into a path by path.{name}", "path." + name), TaintKinds.None, TextMarks.Normalized);
        // join(root, normalize("/" + x)): a path that is absolute before it is normalised can't climb.
        if (c.Arguments.Length == 1 ? Rooted(c.Arguments[0]) : c.Arguments[0].SingleString is "/" or "\\") labels = i.Without(labels, TaintKinds.None, TextMarks.Rooted);
        return new AbstractValue(Prim.String, null, null, labels, [.. text]);
    }

    // The path of a request begins with a slash, or it is none that a server accepts (RFC 9112, section 3.2); so does what
    // stands before a mark in it, but not what a pattern matches, nor what is left where something was replaced.
    private static bool IsPathOfRequest(Tainted l) => l.Label.Node is { Source.Root: "request" } n && n.Path() is ["url" or "originalUrl" or "path", ..]
        && l.Label.Marks.Part() is TextPart.None or TextPart.UrlPath or TextPart.FirstItem && !l.Trace.Steps().Any(s => s.Transformation is "replace" or "match");

    private static bool Rooted(AbstractValue v) => (v.Text is { Length: > 1 } t && t[0].Literal is "/" or "\\") || (v.Text is null && v.Labels.Length > 0 && v.Labels.All(IsPathOfRequest));

    // The parts of a constant path, with . and .. taken away.
    internal static string Normalize(string path, bool absolute)
    {
        var rooted = path.StartsWith('/');
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part.Length == 0 || part == ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || !rooted) parts.Add(part);
        }
        _ = absolute;
        return (rooted ? "/" : "") + string.Join('/', parts);
    }

    private static AbstractValue Part(Interpreter i, CallSite c, TaintKinds removes, TextPart part)
    {
        var v = c.Argument(0);
        foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.String;
        if (v.Labels.Length == 0) return AbstractValue.AnyString;
        // win32 separators aside: basename of a decoded name may still be "..", which names a folder only.
        var labels = i.Without(Interpreter.Traced(v.Labels, c.Place, $"passes {c.Path}", c.Path), removes);
        return new AbstractValue(Prim.String, null, null, part == TextPart.None ? labels : i.PartsOf(labels, part));
    }

    private static TextPart PartOfUrl(string field) => field switch
    {
        "protocol" => TextPart.Protocol,
        "host" or "hostname" or "origin" or "port" or "auth" => TextPart.Host,
        "pathname" or "path" => TextPart.UrlPath,
        "search" or "hash" => TextPart.Query,
        _ => TextPart.None,
    };

    private static AbstractValue Parse(Interpreter i, CallSite c)
    {
        var v = c.Argument(0);
        // What stands behind a host, or is put below another address, does not choose where that leads.
        if (c.IsNew && v.HasLabels && !SinkDetails.ChoosesHost(v)) v = v.WithLabels(i.Without(v.Labels, Targets));
        if (c.IsNew) v = v.Join(new AbstractValue(Prim.None, null, null, c.Argument(1).Labels));
        if (!v.HasLabels) return i.External("url.Url", null).Value.Join(AbstractValue.Unknown);
        foreach (var l in v.Labels) l.Label.Node.Uses |= UsedAs.String;
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 151, ObjectKind.Plain, c.Place);
        var labels = Interpreter.Traced(v.Labels, c.Place, "parsed as a URL", c.IsNew ? "new URL" : "url.parse");
        // The WHATWG parser resolves dot segments; encoded ones stay.
        foreach (var name in (ReadOnlySpan<string>)["pathname", "path", "href", "search", "hash", "host", "hostname", "origin", "protocol", "query", "port", "auth"]) made.Write(name, name == "query" ? new AbstractValue(Prim.Any, null, null, i.Restored(labels, Targets)) : new AbstractValue(Prim.String, null, null, PartOfUrl(name) is var part and not TextPart.None ? i.PartsOf(labels, part) : labels));
        // A parameter is a text of its own.
        made.Write("searchParams", new AbstractValue(Prim.Any, null, null, i.Restored(labels, Targets)));
        return made.Value;
    }
}
