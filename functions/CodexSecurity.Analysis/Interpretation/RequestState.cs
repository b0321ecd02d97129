using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// What handlers of one request leave for those behind them, on the request, the response or the context: "req.item = …", "res.locals.page = …", "ctx.state.user = …".
/// Which handlers stand before which is not told apart: what one leaves, any may find.
/// </summary>
internal static class RequestState
{
    private const string Found = "left on the request by another handler", Prefix = "<left>";

    private static readonly string[] Types =
    [
        "express.Request", "express.Response", "koa.Context", "koa.Request", "koa.Response", "http.IncomingMessage", "http.ServerResponse", "fastify.Request", "fastify.Reply", "restify.Request", "restify.Response", "hapi.Request", "hono.Context", "hono.Request",
    ];

    /// <summary>Whether an API object is one of these, or a part of one. Sessions outlive the request and are none.</summary>
    public static bool Is(string path) =>
        Array.Exists(Types, t => path.StartsWith(t, StringComparison.Ordinal) && (path.Length == t.Length || path[t.Length] == '.')) && !path.Contains('(') && !path.Contains("session", StringComparison.OrdinalIgnoreCase);

    /// <summary>A handler leaves a value.</summary>
    public static void Leave(Interpreter i, HeapObject on, string name, AbstractValue value)
    {
        if (on.Entry is not null && Is(on.Name)) Shared(i, on).Write(name, value.WithTest(null));
    }

    private static HeapObject Shared(Interpreter i, HeapObject on) => on.Api.Left ??= i.Heap.External(Prefix + on.Name, null);

    /// <summary>What any handler left there.</summary>
    public static AbstractValue Left(Interpreter i, HeapObject on, string name, Place place)
    {
        if (!Shared(i, on).TryGetOwn(name, out var value)) return AbstractValue.None;
        return value.HasLabels ? value.WithLabels(Interpreter.Traced(value.Labels, place, Found)) : value;
    }

    /// <summary>The entry point that an attacker's value reached a sink through: where it was left by another handler of the request, the one that is being run.</summary>
    public static EntryDraft EntryOf(Tainted label, EntryDraft own, EntryDraft? current) =>
        current is { Kind: EntryPointKind.HttpRoute or EntryPointKind.HttpServer } && own.Kind is EntryPointKind.HttpRoute or EntryPointKind.HttpServer && !ReferenceEquals(own, current)
        && (own is { Method: "*", Route: null } || label.Trace.Steps().Any(s => s.Message == Found)) ? current : own;
}
