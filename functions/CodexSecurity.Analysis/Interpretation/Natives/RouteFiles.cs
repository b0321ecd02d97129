using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>
/// Files that a framework calls because of where they are and what they export: routes, pages and actions of Next, Remix, React Router, SvelteKit and Astro, and
/// workers, which export an object with a function for requests.
/// </summary>
internal static class RouteFiles
{
    /// <summary>The call that stands for the answer of a function that a cloud calls with an event.</summary>
    public const string EventAnswer = "aws-lambda.answer";

    private const string Request = "web.Request", Context = "web.RouteContext", Page = "next.PageContext", Directive = "use server";
    private static readonly string[] Verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ALL", "fallback"];
    private static readonly string[] EventTypes = ["APIGateway", "ALBEvent", "LambdaFunctionURLEvent", "S3Event", "SQSEvent", "SNSEvent", "KinesisStreamEvent", "DynamoDBStreamEvent", "EventBridgeEvent", "CloudFrontRequestEvent"];
    private static readonly SourceModel Arguments = new(PortPath.Return, "http-request", "request", ["body"]);

    private enum Convention { None, NextRoute, NextPage, NextPages, NextApi, NextMiddleware, Kit, KitHooks, Remix, Actions }

    /// <summary>Runs what a module exports to a framework, each function as an entry point.</summary>
    /// <param name="i">The interpreter.</param>
    /// <param name="module">A module that is loaded.</param>
    /// <returns>False where no framework is known to call it.</returns>
    public static bool Run(Interpreter i, ModuleState module)
    {
        var exports = module.Exports();
        var frame = FrameOf(module);
        var convention = ConventionOf(module);
        if (convention == Convention.None && !IsWorker(i, frame, module, exports)) return false;
        var run = false;
        foreach (var (name, value) in Exported(i, frame, module, exports))
        {
            // Actions of SvelteKit are a table.
            HeapObject[] functions = convention == Convention.Kit && name == "actions" ? [.. value.Objects.SelectMany(o => o.FieldNames.Where(Interpreter.IsField).ToList().SelectMany(n => i.GetProperty(o.Value, n, o.Place, frame).Objects))] : value.Objects;
            foreach (var f in functions)
            {
                if (f is not { Kind: ObjectKind.Function, Code: { } code } || Given(convention, name) is not { } given) continue;
                run = true;
                var method = convention == Convention.Actions ? "POST" : Array.IndexOf(Verbs, name) is >= 0 and < 7 ? name : "*";
                var route = convention is Convention.None or Convention.Actions or Convention.KitHooks or Convention.NextMiddleware ? null : RouteOf(module.Path);
                var draft = i.World.Entry(i, f.Place, EntryPointKind.HttpRoute, frame, method, route, FrameworkOf(convention), f.Value, []);
                var arguments = convention == Convention.Actions ? code.Parameters.Select(_ => i.FromSource(Arguments, draft, code.Name, f.Place)) : given.Select(g => i.External(i.Models.Normalize(g), draft).Value);
                var result = Call(i, frame, f, draft, [.. arguments]);
                // What is loaded for a page is what it shows.
                if (name is "getServerSideProps" or "getInitialProps") ShowPage(i, frame, exports, draft, i.GetProperty(Interpreter.Awaited(result), "props", f.Place, frame));
            }
        }
        return run;
    }

    /// <summary>The function says itself that pages call it: its first statement is "use server".</summary>
    public static bool IsAction(Callable code) => code.Id > 0 && code.Constants is [{ Value: Directive }, ..];

    /// <summary>Runs such a function.</summary>
    public static void RunAction(Interpreter i, HeapObject function)
    {
        var frame = FrameOf(function.Module!);
        var draft = i.World.Entry(i, function.Place, EntryPointKind.HttpRoute, frame, "POST", null, "next", function.Value, []);
        Call(i, frame, function, draft, [.. function.Code!.Parameters.Select(_ => i.FromSource(Arguments, draft, function.Code.Name, function.Place))]);
    }

    /// <summary>A cloud calls it with an event: by the name that it is exported by and its first parameter, or by that one's type.</summary>
    public static bool TakesEvents(string exported, Callable code) => code.Parameters is [var first, ..]
        && ((first.Name is "event" or "_event" or "evt" && exported.EndsWith("handler", StringComparison.OrdinalIgnoreCase)) || first.TypeName is { } type && Array.Exists(EventTypes, t => type.StartsWith(t, StringComparison.Ordinal)));

    private static AbstractValue Call(Interpreter i, Frame frame, HeapObject function, EntryDraft draft, AbstractValue[] arguments)
    {
        var before = i.CurrentEntry;
        i.CurrentEntry = draft;
        var (result, _) = Interpreter.Deferred(frame, () => i.CallBack(frame, function.Place, function.Value, arguments, AbstractValue.Undefined));
        i.CurrentEntry = before;
        return result;
    }

    private static void ShowPage(Interpreter i, Frame frame, AbstractValue exports, EntryDraft draft, AbstractValue properties)
    {
        foreach (var o in exports.Objects) foreach (var page in i.GetProperty(o.Value, "default", o.Place, frame).Objects) if (page.Kind == ObjectKind.Function) Call(i, frame, page, draft, [properties]);
    }

    private static Frame FrameOf(ModuleState module) => new(new Activation(module.Body, module.Ir.Callables[0], module, AbstractValue.Undefined, [], FactSet.Empty), null, []);

    private static List<(string Name, AbstractValue Value)> Exported(Interpreter i, Frame frame, ModuleState module, AbstractValue exports)
    {
        var all = new List<(string, AbstractValue)>();
        foreach (var o in exports.Objects)
        {
            // module.exports = function
            if (o.Kind == ObjectKind.Function && !module.Ir.IsEsModule) all.Add(("default", o.Value));
            foreach (var name in o.FieldNames.Where(Interpreter.IsField).ToList())
            {
                var value = i.GetProperty(o.Value, name, o.Place, frame);
                all.Add((name, value));
                if (name != "default") continue;
                foreach (var worker in value.Objects) if (worker.Kind == ObjectKind.Plain && worker.HasOwn("fetch")) all.Add(("fetch", i.GetProperty(worker.Value, "fetch", o.Place, frame)));
            }
        }
        return all;
    }

    // export default { fetch(request) { … } }
    private static bool IsWorker(Interpreter i, Frame frame, ModuleState module, AbstractValue exports) =>
        module.Ir.IsEsModule && exports.Objects.Any(o => o.TryGetOwn("default", out var d) && d.Objects.Any(w => w.Kind == ObjectKind.Plain && w.HasOwn("fetch")
            && i.GetProperty(w.Value, "fetch", w.Place, frame).Objects.Any(f => f.Code?.Parameters is [{ Name: "request" or "req" or "_request" or "r" }, ..] || f.Code?.Parameters is [{ TypeName: "Request" }, ..])));

    private static IReadOnlyList<string>? Given(Convention convention, string name) => convention switch
    {
        Convention.NextRoute when Array.IndexOf(Verbs, name) >= 0 => [Request, Page],
        Convention.NextPage when name is "default" or "generateMetadata" => [Page],
        Convention.NextPages when name is "getServerSideProps" or "getInitialProps" => [Page],
        Convention.NextPages when Array.IndexOf(Verbs, name) >= 0 => [Context],
        Convention.NextApi when name is "default" => ["express.Request", "express.Response"],
        Convention.NextApi when Array.IndexOf(Verbs, name) >= 0 => [Context],
        Convention.NextMiddleware when name is "middleware" or "proxy" or "default" => [Request],
        Convention.Kit when name is "load" or "actions" || Array.IndexOf(Verbs, name) >= 0 => [Context],
        Convention.KitHooks when name is "handle" or "handleFetch" or "handleError" => [Context],
        Convention.Remix when name is "loader" or "action" => [Context],
        Convention.Actions => [],
        Convention.None when name is "fetch" => [Request],
        _ => null,
    };

    private static string FrameworkOf(Convention convention) => convention switch
    {
        Convention.Kit or Convention.KitHooks => "sveltekit",
        Convention.Remix => "remix",
        Convention.None => "worker",
        _ => "next",
    };

    private static Convention ConventionOf(ModuleState module)
    {
        var parts = module.Path.Split('/');
        var name = parts[^1];
        if (name.IndexOf('.', 1) is var dot and > 0) name = name[..dot];
        var inApp = parts.AsSpan(0, parts.Length - 1).IndexOf("app");
        var inPages = parts.AsSpan(0, parts.Length - 1).IndexOf("pages");
        if (name is "+server" or "+page" or "+layout") return Convention.Kit;
        if (name == "hooks" && parts is [.., "src", "hooks.server.js" or "hooks.server.ts"]) return Convention.KitHooks;
        if (IsServers(module.Ir.Callables[0]) && Beginning.IsMatch(module.Ir.File.Text)) return Convention.Actions;
        if (inApp >= 0 && name == "route") return Convention.NextRoute;
        if (inApp >= 0 && name is "page" or "layout") return Convention.NextPage;
        if (inApp >= 0 && (parts[inApp + 1] is "routes" || parts.Length == inApp + 2 && name is "root")) return Convention.Remix;
        if (inPages >= 0 && inPages <= parts.Length - 3 && parts[inPages + 1] == "api") return Convention.NextApi;
        if (inPages >= 0) return Convention.NextPages;
        return name is "middleware" or "proxy" && module.Ir.IsEsModule && parts is [_] or [.., "src", _] && module.Exports().Objects.Any(o => o.HasOwn("config") || o.HasOwn(name)) ? Convention.NextMiddleware : Convention.None;
    }

    // A directive stands before everything else.
    private static readonly Regex Beginning = new(@"^(\s|//[^\n]*\n|/\*([^*]|\*+[^*/])*\*+/)*[""']use server[""']", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static bool IsServers(Callable code) => Array.Exists(code.Constants, k => k.Value is Directive);

    // The folders below the one that routes stand in, as routes are written elsewhere: [id] and $id are :id.
    private static string RouteOf(string path)
    {
        var parts = path.Split('/').ToList();
        var root = parts.FindLastIndex(p => p is "app" or "routes" or "pages");
        if (root == parts.Count - 1) root = -1;
        var route = parts.Skip(root + 1).Select((p, k) => k == parts.Count - root - 2 ? Bare(p) : p).Where(p => p.Length > 0 && p[0] != '(').Select(Parameter);
        return "/" + string.Join('/', route);
    }

    private static string Bare(string file)
    {
        var name = file[..Math.Max(file.IndexOf('.', 1), 0)];
        return name is "route" or "page" or "layout" or "index" or "root" || name.StartsWith('+') ? "" : name;
    }

    private static string Parameter(string part) => part[0] switch
    {
        '[' => ":" + part.Trim('[', ']').TrimStart('.'),
        '$' => ":" + part[1..],
        _ => part,
    };
}
