using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>JSON schemas that a framework checks requests against before a handler runs, with the values cast to the types that they name.</summary>
internal static class JsonSchemas
{
    private const int MaxDepth = 5, MaxFields = 100;
    // Where a schema's part applies to the request.
    private static readonly (string Of, string Part)[] s_parts = [("body", "body"), ("querystring", "query"), ("query", "query"), ("params", "params"), ("headers", "headers")];

    /// <summary>What the "schema" option of a Fastify route says of a request.</summary>
    public static FactSet Facts(Interpreter i, CallSite c, AbstractValue schema, AbstractValue request)
    {
        var facts = FactSet.Empty;
        foreach (var o in schema.Objects)
        {
            foreach (var (of, part) in s_parts)
                if (o.TryGetOwn(of, out var said)) facts = facts.Union(Of(i, c, said, i.GetProperty(request, part, c.Place, c.Frame), MaxDepth));
        }
        return facts;
    }

    private static FactSet Of(Interpreter i, CallSite c, AbstractValue schema, AbstractValue value, int depth)
    {
        var facts = FactSet.Empty;
        // Of several one may be the one that holds.
        if (depth == 0 || schema.HasLabels || schema.Objects is not [{ Kind: ObjectKind.Plain } o]) return facts;
        var type = o.TryGetOwn("type", out var t) ? t.SingleString : null;
        // The fields alone may stand for an object.
        var fields = o.TryGetOwn("properties", out var properties) ? properties.Objects : type is null && !o.HasOwn("enum") && !o.HasOwn("$ref") ? [o] : [];
        foreach (var f in fields)
        {
            foreach (var name in f.FieldNames.Where(Interpreter.IsField).Take(MaxFields).ToList())
                if (f.TryGetOwn(name, out var field)) facts = facts.Union(Of(i, c, field, i.GetProperty(value, name, c.Place, c.Frame), depth - 1));
        }
        return facts.Union(Interpreter.FactsOf(value, Removed(o, type)));
    }

    private static TaintKinds Removed(HeapObject o, string? type)
    {
        if (type is "integer" or "number" or "boolean" or "null" || o.HasOwn("enum") || o.HasOwn("const")) return TaintKinds.All;
        if (type != "string") return TaintKinds.None;
        if (o.TryGetOwn("format", out var format) && format.SingleString is "uuid" or "ipv4" or "ipv6" or "date" or "time" or "date-time") return TaintKinds.All;
        var text = FactKinds.IsText | TaintKinds.NosqlQuery;
        return o.TryGetOwn("pattern", out var pattern) && pattern.SingleString is { } expression && RegexFacts.AcceptedCharacters(expression, "") is { } accepted ? text | Guards.SafeWith(accepted) : text;
    }
}
