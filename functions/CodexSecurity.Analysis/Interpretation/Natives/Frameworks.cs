using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Servers and routers: what is registered with them is run as an entry point, with a request that an outsider controls.</summary>
internal static class Frameworks
{
    private static readonly string[] Verbs = ["get", "post", "put", "delete", "patch", "head", "options", "all", "del"];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var module in (ReadOnlySpan<string>)["http", "https", "http2", "spdy"])
        {
            foreach (var name in (ReadOnlySpan<string>)["createServer", "createSecureServer"])
            {
                t[module + "." + name] = (i, c) => { Handlers(i, c, c.Arguments, "http.IncomingMessage", "http.ServerResponse", null, null, "http", []); return i.External("http.Server", c.Callee?.Entry).Value; };
            }
            t["new " + module + ".Server"] = t[module + ".Server"] = t[module + ".createServer"];
        }
        t["http.Server.on"] = t["http.Server.addListener"] = (i, c) =>
        {
            if (c.Argument(0).SingleString == "request") Handlers(i, c, [c.Argument(1)], "http.IncomingMessage", "http.ServerResponse", null, null, "http", []);
            else if (c.Argument(0).SingleString == "stream") Handlers(i, c, [c.Argument(1)], "http2.Stream", "http2.Headers", null, null, "http", []);
            else i.CallBack(c.Frame, c.Place, c.Argument(1), [], c.This);
            return c.This;
        };
        foreach (var app in (ReadOnlySpan<string>)["express()", "express.Router()", "new express.Router", "express.Application", "express.Router", "restify.createServer()", "restify.Server", "polka()", "router()", "new router", "connect()", "express.Route", "tinyhttp.App", "new App"])
        {
            foreach (var verb in Verbs) t[app + "." + verb] = (i, c) => Route(i, c, verb, "express");
            t[app + ".use"] = (i, c) => Route(i, c, "use", "express");
            // Handlers of a parameter get its value behind what handlers get.
            t[app + ".param"] = (i, c) =>
            {
                Handlers(i, c, [c.Argument(1)], "express.Request", "express.Response", "*", null, "express", [], c.Argument(0).SingleString ?? "");
                return c.This;
            };
            t[app + ".route"] = Addressed;
        }
        foreach (var app in (ReadOnlySpan<string>)["new koa", "koa()", "koa.Application", "new koa-router", "koa-router()", "koa.Router", "new @koa/router", "@koa/router()", "koa-route", "new hono.Hono", "hono.Hono", "new elysia.Elysia", "new elysia"])
        {
            var framework = app.Contains("hono", StringComparison.Ordinal) ? "hono" : app.Contains("elysia", StringComparison.Ordinal) ? "elysia" : "koa";
            foreach (var verb in (ReadOnlySpan<string>)[.. Verbs, "use"]) t[app + "." + verb] = (i, c) => Route(i, c, verb, framework);
        }
        foreach (var app in (ReadOnlySpan<string>)["fastify()", "fastify.Instance", "fastify.Fastify", "@fastify/fastify()"])
        {
            foreach (var verb in Verbs) t[app + "." + verb] = (i, c) => Route(i, c, verb, "fastify");
            t[app + ".route"] = RouteObject;
            t[app + ".register"] = (i, c) => i.CallBack(c.Frame, c.Place, c.Argument(0), [c.This, c.Argument(1), i.External("next", null).Value], AbstractValue.Undefined);
            t[app + ".setErrorHandler"] = (i, c) => { Handlers(i, c, [c.Argument(0)], "fastify.Request", "fastify.Reply", "*", null, "fastify", [], takesError: true); return c.This; };
            t[app + ".addHook"] = (i, c) => { Handlers(i, c, [c.Argument(1)], "fastify.Request", "fastify.Reply", "*", null, "fastify", []); return c.This; };
        }
        foreach (var app in (ReadOnlySpan<string>)["new hapi.Server", "hapi.server()", "hapi.Server", "new @hapi/hapi.Server", "@hapi/hapi.server()"]) t[app + ".route"] = RouteObject;
    }

    private static (string Request, string Response) Types(string framework) => framework switch
    {
        "koa" => ("koa.Context", "next"),
        "hono" => ("hono.Context", "next"),
        "elysia" => ("elysia.Context", "next"),
        "fastify" => ("fastify.Request", "fastify.Reply"),
        "hapi" => ("hapi.Request", "hapi.Toolkit"),
        "http" => ("http.IncomingMessage", "http.ServerResponse"),
        _ => ("express.Request", "express.Response"),
    };

    private const string Address = "<address>";

    // app.route("/a").get(f).post(g): the handlers of one address.
    private static AbstractValue Addressed(Interpreter i, CallSite c)
    {
        var route = i.NewObject(c.Frame.Activation, c.Place.Start, 216, ObjectKind.Plain, c.Place);
        route.AddPrototype(i.External("express.Route", null).Value);
        route.Write(Address, c.Argument(0));
        return route.Value;
    }

    internal static AbstractValue Route(Interpreter i, CallSite c, string verb, string framework)
    {
        var (request, response) = Types(framework);
        var path = c.Argument(0).SingleString ?? c.This.Objects.Select(o => o.TryGetOwn(Address, out var own) ? own.SingleString : null).FirstOrDefault(p => p is not null);
        var handlers = c.Arguments.Where(a => a.Objects.Length > 0).ToList();
        var guards = handlers.Take(Math.Max(0, handlers.Count - 1)).SelectMany(h => h.Objects).Select(o => o.Code?.Name ?? o.Name).Where(n => n.Length > 0).Distinct().ToList();
        // app.get("setting") reads a setting.
        if (handlers.Count == 0) return verb == "get" ? AbstractValue.Unknown : c.This;
        Handlers(i, c, [.. handlers], request, response, verb is "use" or "all" ? "*" : verb == "del" ? "DELETE" : verb.ToUpperInvariant(), path, framework, guards, schema: framework == "fastify" ? Schema(c.Argument(1)) : null);
        return c.This;
    }

    private static AbstractValue RouteObject(Interpreter i, CallSite c)
    {
        var framework = c.Path.Contains("hapi", StringComparison.Ordinal) ? "hapi" : "fastify";
        var (request, response) = Types(framework);
        foreach (var o in c.Argument(0).Objects.SelectMany(o => o.Kind == ObjectKind.Array ? o.Elements.Objects : [o]))
        {
            if (!o.TryGetOwn("handler", out var handler)) continue;
            var method = o.TryGetOwn("method", out var m) ? m.SingleString : null;
            var path = o.TryGetOwn("path", out var p) ? p.SingleString : o.TryGetOwn("url", out var u) ? u.SingleString : null;
            Handlers(i, c, [handler], request, response, method ?? "*", path, framework, [], schema: framework == "fastify" ? Schema(o.Value) : null);
        }
        return c.This;
    }

    private static AbstractValue? Schema(AbstractValue options) => options.Objects is [{ Kind: ObjectKind.Plain } o] && o.TryGetOwn("schema", out var schema) ? schema : null;

    /// <summary>The method of an uploaded file that a call of this name on what a request brought is; null where it is none.</summary>
    public static string? UploadMethod(AbstractValue target, string name) =>
        name == "mv" && Array.Exists(target.Labels, l => l.Label.Node is { Source.Root: "request" } node && node.Path() is ["files", ..]) ? "express-fileupload.File.mv" : null;

    /// <summary>A handler calls the next one: with an error that goes to the error handlers; in Koa what the next one throws comes back.</summary>
    public static void Next(Interpreter i, CallSite c)
    {
        ErrorFunctions.PassOn(i, Interpreter.Carrying(c.Argument(0)));
        if (c.Frame.Activation.Arguments is [{ Objects: [{ Kind: ObjectKind.External, Name: "koa.Context" }, ..] }, ..]) i.Throw(c.Frame, ErrorFunctions.Passed(i));
    }

    private const int MaxRoutes = 64;

    /// <summary>
    /// Runs what was handed to a library that is not known where it is a request handler by its parameters: a router calls it, alone or from a table of
    /// routes, with what it read from the address as a third argument unless that is the next handler.
    /// </summary>
    /// <param name="i">The interpreter.</param>
    /// <param name="frame">The frame of the call.</param>
    /// <param name="place">The call.</param>
    /// <param name="given">A function or a table of functions.</param>
    /// <returns>True where it was a request handler.</returns>
    public static bool HandedOn(Interpreter i, Frame frame, Place place, HeapObject given)
    {
        if (!i.World.HasHandlers) return false;
        if (given.Kind == ObjectKind.Plain)
        {
            if (given.WithoutHandlers == given.Version) return false;
            var (version, any) = (given.Version, false);
            foreach (var name in given.FieldNames.Take(MaxRoutes))
            {
                if (Interpreter.IsField(name) && given.TryGetOwn(name, out var route)) foreach (var o in route.Objects) if (o.Kind == ObjectKind.Function) any |= HandedOn(i, frame, place, o);
            }
            if (!any) given.WithoutHandlers = version;
            return false;
        }
        if (given is not { Kind: ObjectKind.Function, Code: { } code } || !IsHandler(code)) return false;
        var draft = i.World.Entry(i, given.Place, EntryPointKind.HttpRoute, frame, "*", null, "express", given.Value, []);
        var request = i.External(i.Models.Normalize("express.Request"), draft).Value;
        var arguments = new List<AbstractValue> { request, i.External(i.Models.Normalize("express.Response"), draft).Value };
        if (code.Parameters is [_, _, { Name: var third }, ..]) arguments.Add(third is "next" or "cb" or "callback" or "done" or "fn" ? i.External("next", null).Value : i.GetProperty(request, "params", place, frame));
        var before = i.CurrentEntry;
        i.CurrentEntry = draft;
        i.CallBack(frame, place, given.Value, [.. arguments], AbstractValue.Unknown);
        i.CurrentEntry = before;
        return true;
    }

    /// <summary>By the names of its first two parameters, or by their written types, it takes requests.</summary>
    public static bool IsHandler(Callable code) => code.Parameters is [var first, var second, ..]
        && ((IsRequest(first.Name) && IsResponse(second.Name)) || (TypeOf(first) is "Request" or "IncomingMessage" or "NextApiRequest" && TypeOf(second) is "Response" or "ServerResponse" or "NextApiResponse"));

    // "express.Request<Params>" is Request.
    private static ReadOnlySpan<char> TypeOf(Parameter parameter)
    {
        var type = parameter.TypeName.AsSpan();
        if (type.IndexOf('<') is var open and >= 0) type = type[..open];
        return type[(type.LastIndexOf('.') + 1)..];
    }

    /// <summary>Names that request handlers give their first parameter.</summary>
    public static bool IsRequest(string parameter) => parameter is "req" or "request" or "_req";

    /// <summary>Names that request handlers give their second parameter.</summary>
    public static bool IsResponse(string parameter) => parameter is "res" or "response" or "resp" or "_res" or "reply";

    private static void Handlers(Interpreter i, CallSite c, IReadOnlyList<AbstractValue> handlers, string request, string response, string? method, string? route, string framework, IReadOnlyList<string> guards, string? parameter = null, bool takesError = false, AbstractValue? schema = null)
    {
        var parsed = new Dictionary<string, AbstractValue>(StringComparer.Ordinal);
        var checks = framework == "express" ? RequestChecks.Among(i, handlers) : [];
        foreach (var handler in handlers)
        {
            foreach (var o in handler.Objects.SelectMany(o => o.Kind == ObjectKind.Array ? o.Elements.Objects : [o]))
            {
                if (o.Kind is not (ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native)) continue;
                var target = o.Kind == ObjectKind.Function ? o.Value : o.TryGetOwn("<target>", out var t) ? t : o.Value;
                var at = target.Objects.FirstOrDefault(x => x.Code is not null)?.Place ?? c.Place;
                var draft = i.World.Entry(i, at.File is null ? c.Place : at, route is null && framework == "http" ? EntryPointKind.HttpServer : EntryPointKind.HttpRoute, c.Frame, method, route, framework, target, guards);
                var before = (Entry: i.CurrentEntry, c.Frame.Facts);
                var count = o.Code?.Parameters.Count ?? 2;
                var arguments = new List<AbstractValue>();
                // Express: (error, request, response, next).
                if (takesError || (framework == "express" && count == 4 && parameter is null)) arguments.Add(ErrorFunctions.Passed(i));
                arguments.Add(i.External(i.Models.Normalize(request), draft).Value);
                arguments.Add(i.External(i.Models.Normalize(response), draft).Value);
                arguments.Add(i.External("next", null).Value);
                if (parameter is not null) arguments.Add(i.GetProperty(i.GetProperty(arguments[0], "params", c.Place, c.Frame), parameter, c.Place, c.Frame));
                var self = c.This;
                // Koa 1: the context is what a generator function is called on.
                if (framework == "koa" && o.Code is { IsGenerator: true })
                {
                    self = arguments[0];
                    arguments.RemoveRange(0, 2);
                }
                i.CurrentEntry = draft;
                PassParsed(arguments, parsed, false);
                if (schema is not null) c.Frame.Facts = c.Frame.Facts.Union(JsonSchemas.Facts(i, c, schema, arguments[0]));
                if (checks.Count > 0) c.Frame.Facts = c.Frame.Facts.Union(RequestChecks.Facts(i, c, checks, arguments[0]));
                if (framework is "hapi" or "fastify")
                {
                    foreach (var f in target.Objects) if (f.Code is { } code) i.AnswersWith(code, framework == "hapi" ? "hapi.Toolkit.response" : "fastify.Reply.send");
                    // Fastify sends text as text/plain until it is told otherwise.
                    if (framework == "fastify") c.Frame.Facts = c.Frame.Facts.WithAnswer(true);
                }
                ErrorFunctions.PassOn(i, Interpreter.Deferred(c.Frame, () => i.CallBack(c.Frame, c.Place, o.Value, [.. arguments], self)).Thrown);
                c.Frame.Facts = before.Facts;
                i.CurrentEntry = before.Entry;
                PassParsed(arguments, parsed, true);
            }
        }
    }

    // A handler that puts what a schema let through in the place of a part of the request does so for the handlers after it.
    private static void PassParsed(List<AbstractValue> arguments, Dictionary<string, AbstractValue> parsed, bool keeps)
    {
        if (arguments.Find(a => a.Objects is [{ Kind: ObjectKind.External }, ..]) is not { } request) return;
        foreach (var part in (ReadOnlySpan<string>)["body", "query", "params"])
        {
            if (!keeps) { if (parsed.TryGetValue(part, out var value)) request.Objects[0].Write(part, value); }
            else if (request.Objects[0].TryGetOwn(part, out var written) && !written.HasLabels && written.Objects.Length > 0 && written.Objects.All(Schemas.IsParsed)) parsed[part] = written;
        }
    }
}
