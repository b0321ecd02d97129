using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Unsafe settings that have one safe value: cookie attributes, certificate checks, hash functions, external entities, YAML schemas.</summary>
internal static class SettingPatches
{
    private static readonly string[] WeakHashes = ["md5", "md4", "sha1", "sha", "ripemd160", "rmd160", "md5-sha1"];

    /// <summary>Cookies are marked so that scripts and other sites can't use them.</summary>
    public static IEnumerable<PatchProposal> Cookies(PatchContext context)
    {
        context.Mechanical = true;
        var (file, call) = Call(context);
        if (!call.HasValue || Js.LastName(call.Field("function")) is not ("cookie" or "setCookie" or "set" or "session")) { context.Reason = "the call that sets the cookie was not found"; yield break; }
        var arguments = Js.Arguments(call);
        var options = arguments.LastOrDefault(a => Js.Unwrap(a).Kind == "object");
        var edits = new EditSet();
        if (options.HasValue)
        {
            var inner = Property(options, "cookie") is { HasValue: true } nested && Js.Unwrap(nested.Field("value")).Kind == "object" ? Js.Unwrap(nested.Field("value")) : Js.LastName(call.Field("function")) == "session" ? default : Js.Unwrap(options);
            if (!inner.HasValue) Add(file, edits, Js.Unwrap(options), "cookie: { httpOnly: true, secure: true, sameSite: " + file.Style.Literal("lax") + " }");
            else foreach (var (key, value) in Wanted(file)) Set(file, edits, inner, key, value);
        }
        else if (Js.LastName(call.Field("function")) != "session" && arguments.Count == 2)
            edits.Insert(file, arguments[^1].End, $", {{ {string.Join(", ", Wanted(file).Select(w => $"{w.Key}: {w.Value}"))} }}");
        if (!edits.IsEmpty && edits.IsSound) yield return new PatchProposal("cookie-attributes", "The cookie is sent over HTTPS only, is hidden from scripts and is not sent along by other sites. Over plain HTTP it is no longer set.", edits.Edits);
    }

    private static IEnumerable<(string Key, string Value)> Wanted(JsFile file) => [("httpOnly", "true"), ("secure", "true"), ("sameSite", file.Style.Literal("lax"))];

    /// <summary>Certificates are checked again.</summary>
    public static IEnumerable<PatchProposal> Certificates(PatchContext context)
    {
        context.Mechanical = true;
        var file = context.SinkFile!;
        foreach (var n in Near(context))
        {
            var edits = new EditSet();
            if (n.Kind == "pair" && Key(n) is "rejectUnauthorized" or "strictSSL" && n.Field("value").Kind == "false") edits.Replace(file, n.Field("value"), "true");
            else if (n.Kind == "expression_statement" && Js.FirstNamed(n) is { Kind: "assignment_expression" } set && set.Field("left").Text.Contains("NODE_TLS_REJECT_UNAUTHORIZED", StringComparison.Ordinal)) edits.Replace(file, n, "");
            if (edits.IsEmpty) continue;
            yield return new PatchProposal("check-certificates", "The certificate of the other side is checked again. A server with a certificate of its own needs it passed as \"ca\".", edits.Edits);
            yield break;
        }
    }

    /// <summary>SHA-256 in place of a broken hash.</summary>
    public static IEnumerable<PatchProposal> Hashes(PatchContext context)
    {
        context.Mechanical = true;
        var (file, call) = Call(context);
        if (!call.HasValue || Js.LastName(call.Field("function")) is not ("createHash" or "createHmac") || Js.Arguments(call) is not [var algorithm, ..] || Js.StringValue(algorithm) is not { } name || !WeakHashes.Contains(name.ToLowerInvariant())) yield break;
        var edits = new EditSet();
        edits.Replace(file, algorithm, CodeStyle.Literal("sha256", file.Text[algorithm.Start] == '"' ? '"' : '\''));
        yield return new PatchProposal("strong-hash", "SHA-256 in place of a broken hash function. Values that were stored or sent before no longer match. For passwords take scrypt or argon2 instead.", edits.Edits);
    }

    /// <summary>External entities are not resolved.</summary>
    public static IEnumerable<PatchProposal> Entities(PatchContext context)
    {
        context.Mechanical = true;
        var file = context.SinkFile!;
        foreach (var pair in Near(context).Where(n => n.Kind == "pair" && Key(n) is "noent" or "dtdload" or "processEntities" or "resolveExternalEntities" && n.Field("value").Kind == "true"))
        {
            var edits = new EditSet();
            edits.Replace(file, pair.Field("value"), "false");
            yield return new PatchProposal("no-entities", "External entities in a document are no longer resolved.", edits.Edits);
            yield break;
        }
    }

    /// <summary>YAML is read with the schema that makes plain values only.</summary>
    public static IEnumerable<PatchProposal> Yaml(PatchContext context)
    {
        var (file, call) = Call(context);
        if (!call.HasValue) yield break;
        var callee = Js.Unwrap(call.Field("function"));
        if (callee.Kind != "member_expression" || !context.Candidate.SinkCallable.Contains("yaml", StringComparison.OrdinalIgnoreCase) || Js.LastName(callee) is not ("load" or "loadAll")) { context.Reason = "only reading YAML has a safe form that does the same"; yield break; }
        var edits = new EditSet();
        edits.Replace(file, callee.Field("property"), Js.LastName(callee) == "load" ? "safeLoad" : "safeLoadAll");
        yield return new PatchProposal("safe-yaml", "The document is read with the safe schema: plain values only.", edits.Edits);
        var arguments = Js.Arguments(call);
        if (arguments.Count != 1) yield break;
        edits = new EditSet();
        edits.Insert(file, arguments[0].End, $", {{ schema: {callee.Field("object").Text}.JSON_SCHEMA }}");
        yield return new PatchProposal("safe-yaml-schema", "The document is read with the JSON schema: plain values only.", edits.Edits);
    }

    private static (JsFile File, SyntaxNode Call) Call(PatchContext context)
    {
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression", "new_expression");
        return (file, call.HasValue ? call : Js.Within(context.Sink).FirstOrDefault(n => n.Kind == "call_expression"));
    }

    // Nodes of the statement around the sink.
    private static IEnumerable<SyntaxNode> Near(PatchContext context)
    {
        var statement = Js.Statement(context.Sink);
        return Js.Within(statement.HasValue ? statement : context.Sink);
    }

    private static string Key(SyntaxNode pair) => pair.Field("key").Text.Trim('\'', '"');

    private static SyntaxNode Property(SyntaxNode options, string key) => Js.Unwrap(options).NamedChildren.ToList().FirstOrDefault(p => p.Kind == "pair" && Key(p) == key);

    private static void Set(JsFile file, EditSet edits, SyntaxNode options, string key, string value)
    {
        var pair = Property(options, key);
        if (!pair.HasValue) Add(file, edits, options, $"{key}: {value}");
        else if (pair.Field("value").Kind == "false") edits.Replace(file, pair.Field("value"), value);
    }

    private static void Add(JsFile file, EditSet edits, SyntaxNode options, string pair)
    {
        var last = options.NamedChildren.ToList().LastOrDefault(c => !c.IsExtra);
        if (last.HasValue) edits.Insert(file, last.End, ", " + pair);
        else edits.Insert(file, options.Start + 1, " " + pair + (edits.IsEmpty ? " " : ""));
    }
}
