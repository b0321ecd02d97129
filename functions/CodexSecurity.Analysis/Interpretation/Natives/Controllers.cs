using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>
/// Classes whose decorated methods a framework calls (Nest, routing-controllers, tsoa, GraphQL resolvers): with what the decorators of the parameters take from the
/// request, on an object whose constructor got the classes that it names. A decorator is remembered by its path until the class is complete.
/// </summary>
internal static class Controllers
{
    private const string Path = "<decorator>", Given = "<arguments>", Index = "<index>", Of = "<of>", Types = "<types>", Type = "<type>", Custom = "<custom>", Context = "@nestjs/common.ExecutionContext", Fastify = "@nestjs/platform-fastify";
    private const int MaxDepth = 4;

    private static readonly string[] Verbs = ["Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "All", "Sse"];
    private static readonly string[] Modules = ["@nestjs/common", "routing-controllers", "tsoa", "@tsoa/runtime", "@nestjs/graphql", "type-graphql", "@nestjs/websockets", "@nestjs/microservices"];
    private static readonly string[] Classes = ["Controller", "JsonController", "Route", "Resolver", "WebSocketGateway"];
    private static readonly string[] Operations = ["Mutation", "Subscription", "ResolveField", "FieldResolver"], Messages = ["SubscribeMessage", "MessagePattern", "EventPattern"];
    private static readonly string[] Others =
    [
        "Query", "Param", "Body", "RawBody", "Headers", "UploadedFile", "UploadedFiles", "Req", "Request", "Res", "Response", "Next", "UseGuards", "Authorized", "Security", "Render", "Header", "Redirect",
        "Catch", "QueryParam", "QueryParams", "Params", "BodyParam", "HeaderParam", "HeaderParams", "CookieParam", "CookieParams", "Path", "Args", "Arg", "MessageBody", "Payload",
    ];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["__decorate"] = t["tslib.__decorate"] = Decorate;
        t["__param"] = t["tslib.__param"] = Parameter;
        t["__metadata"] = t["tslib.__metadata"] = Metadata;
        foreach (var module in Modules) foreach (var name in (ReadOnlySpan<string>)[.. Verbs, .. Classes, .. Operations, .. Messages, .. Others]) t[module + "." + name] = Remember;
        foreach (var module in (ReadOnlySpan<string>)["@nestjs/common", "tsyringe", "inversify", "typedi", "@loopback/core"]) foreach (var name in (ReadOnlySpan<string>)["Inject", "inject"]) t[module + "." + name] = Remember;
        t["@nestjs/common.createParamDecorator"] = MakeDecorator;
        t["@nestjs/common.applyDecorators"] = (i, c) => i.ArrayOf(c.Frame.Activation, c.Place.Start, 194, c.Arguments, c.Place).Value;
    }

    // createParamDecorator((data, context) => …): a decorator whose value the function takes from the context.
    private static AbstractValue MakeDecorator(Interpreter i, CallSite c)
    {
        var made = i.Heap.Get(c.Place.File, c.Place.Start, c.Frame.Activation, 195, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "decorator",
            Native = (x, call) =>
            {
                var decorator = Remember(x, call);
                foreach (var o in decorator.Objects) if (call.Callee!.TryGetOwn(Of, out var function)) o.Write(Custom, function);
                return decorator;
            },
        });
        made.Write(Of, c.Argument(0));
        return made.Value;
    }

    private static AbstractValue Remember(Interpreter i, CallSite c)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 190, ObjectKind.Plain, c.Place);
        made.Write(Path, AbstractValue.Of(i.Models.Normalize(c.Path)));
        made.Write(Given, i.ArrayOf(c.Frame.Activation, c.Place.Start, 191, c.Arguments, c.Place).Value);
        return made.Value;
    }

    /// <summary>__param(index, decorator)</summary>
    internal static AbstractValue Parameter(Interpreter i, CallSite c)
    {
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 192, ObjectKind.Plain, c.Place);
        made.Write(Index, c.Argument(0));
        made.Write(Of, c.Argument(1));
        return made.Value;
    }

    /// <summary>__metadata("design:paramtypes", […]), __metadata("design:type", …)</summary>
    internal static AbstractValue Metadata(Interpreter i, CallSite c)
    {
        if (c.Argument(0).SingleString is not ("design:paramtypes" or "design:type")) return AbstractValue.Undefined;
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 193, ObjectKind.Plain, c.Place);
        made.Write(c.Argument(0).SingleString == "design:type" ? Type : Types, c.Argument(1));
        return made.Value;
    }

    /// <summary>__decorate(decorators, target, name): of a method where it has a name, else of a class, which it gives back.</summary>
    internal static AbstractValue Decorate(Interpreter i, CallSite c)
    {
        var decorators = c.Argument(0).Objects.SelectMany(o => o.Items()).SelectMany(v => v.Objects).SelectMany(o => o.Kind == ObjectKind.Array ? o.Items().SelectMany(v => v.Objects) : [o]).ToList();
        var name = c.Argument(1).Objects.Length > 0 ? c.Argument(2).SingleString : null;
        foreach (var d in decorators)
        {
            // A decorator of the program's own.
            if (d is { Kind: ObjectKind.Function, Code: not null }) i.CallBack(c.Frame, c.Place, d.Value, [c.Argument(1), c.Argument(2), AbstractValue.Unknown], AbstractValue.Undefined);
        }
        foreach (var target in c.Argument(1).Objects)
        {
            if (name is not null) i.World.Decorated.Add(target, name, decorators);
            else if (target.Kind == ObjectKind.Function) Complete(i, c, target, decorators);
        }
        return name is null ? c.Argument(1) : AbstractValue.Undefined;
    }

    private static void Complete(Interpreter i, CallSite c, HeapObject type, List<HeapObject> decorators)
    {
        foreach (var d in decorators)
        {
            if (d.TryGetOwn(Types, out var types)) i.World.Decorated.Takes(type, types);
            if (d.TryGetOwn(Index, out var index) && index.Constants is [double at] && d.TryGetOwn(Of, out var of)) foreach (var p in of.Objects) if (IsInjection(p)) i.World.Decorated.Asks(type, (int)at, Argument(p, 0));
        }
        if (decorators.Exists(d => IsNamed(d, "Catch"))) Filter(i, c, type);
        if (decorators.Find(d => Array.Exists(Classes, n => IsNamed(d, n))) is not { } controller || !type.TryGetOwn("prototype", out var prototype)) return;
        var prefix = Text(controller, 0) ?? "";
        var guards = Guards(decorators).ToList();
        var self = Instance(i, c, type, MaxDepth);
        foreach (var p in prototype.Objects)
        {
            foreach (var (name, of) in i.World.Decorated.Methods(p))
            {
                if (p.TryGetOwn(name, out var method)) Handle(i, c, method, self, of, prefix, guards);
            }
        }
    }

    private static void Handle(Interpreter i, CallSite c, AbstractValue method, AbstractValue self, List<HeapObject> decorators, string prefix, List<HeapObject> outer)
    {
        if (decorators.Find(IsHandler) is not { } handler) return;
        var path = PathOf(handler);
        var message = Array.Exists(Messages, n => IsNamed(handler, n));
        var route = message || path.Contains("graphql", StringComparison.Ordinal) ? null : $"/{string.Join('/', new[] { prefix, Text(handler, 0) ?? "" }.Select(p => p.Trim('/')).Where(p => p.Length > 0))}";
        foreach (var f in method.Objects)
        {
            if (f.Code is not { } code) continue;
            var verb = Name(path) is "All" or "Sse" || route is null ? "*" : Name(path).ToUpperInvariant();
            var draft = i.World.Entry(i, f.Place, message ? EntryPointKind.MessageHandler : EntryPointKind.HttpRoute, c.Frame, verb, route, path.Split('.')[0], f.Value, [.. outer.Concat(Guards(decorators)).Select(NameOf).Where(n => n.Length > 0)]);
            var before = (i.CurrentEntry, c.Frame.Facts);
            i.CurrentEntry = draft;
            var platform = UsesFastify(i) && route is not null ? "fastify" : "express";
            foreach (var guard in outer.Concat(Guards(decorators))) if (guard.IsClass) Call(i, c, Instance(i, c, guard, MaxDepth), "canActivate", [i.External(Context, draft).Value]);
            // Fastify sends text as text/plain until it is told otherwise.
            if (platform == "fastify") c.Frame.Facts = c.Frame.Facts.WithAnswer(true);
            var arguments = code.Parameters.Select(_ => AbstractValue.Unknown).ToArray();
            var answers = route is not null && !decorators.Exists(d => IsNamed(d, "Render"));
            foreach (var d in decorators)
            {
                if (IsNamed(d, "Header") && "content-type".Equals(Text(d, 0), StringComparison.OrdinalIgnoreCase)) c.Frame.Facts = AnswerTypes.Said(c.Frame.Facts, Argument(d, 1));
                if (!d.TryGetOwn(Index, out var index) || index.Constants is not [double at] || at < 0 || at >= arguments.Length || !d.TryGetOwn(Of, out var of)) continue;
                foreach (var p in of.Objects) if (Value(i, c, p, code.Parameters[(int)at], draft, platform, ref answers) is { } value) arguments[(int)at] = value;
            }
            var redirects = decorators.Exists(d => IsNamed(d, "Redirect"));
            if (answers && !redirects) i.AnswersWith(code, platform == "fastify" ? "fastify.Reply.send" : "express.Response.send");
            var (result, thrown) = Interpreter.Deferred(c.Frame, () => i.CallBack(c.Frame, c.Place, f.Value, arguments, self));
            ErrorFunctions.PassOn(i, thrown);
            // @Redirect(): to the url that it returns.
            if (redirects) i.CallExternal(new CallSite(c.Frame, f.Place, AbstractValue.Undefined, [i.GetProperty(Interpreter.Awaited(result), "url", f.Place, c.Frame)], false, false, "express.Response.redirect"));
            (i.CurrentEntry, c.Frame.Facts) = before;
        }
    }

    // What a parameter's decorator takes from the request; null where it is none that is known.
    private static AbstractValue? Value(Interpreter i, CallSite c, HeapObject decorator, Ir.Parameter parameter, EntryDraft draft, string platform, ref bool answers)
    {
        var path = PathOf(decorator);
        if (decorator.TryGetOwn(Custom, out var custom)) return i.CallBack(c.Frame, c.Place, custom, [Argument(decorator, 0), i.External(Context, draft).Value], AbstractValue.Undefined);
        switch (Name(path))
        {
            case "Req" or "Request": return i.External(i.Models.Normalize(platform + ".Request"), draft).Value;
            case "Res" or "Response":
                answers = false;
                return i.External(i.Models.Normalize(platform == "fastify" ? "fastify.Reply" : "express.Response"), draft).Value;
            case "Next": return i.External("next", null).Value;
            default: break;
        }
        if (i.Models.FindCall(path)?.Sources is not [var source, ..]) return null;
        if (IsNumber(decorator, path, parameter)) return AbstractValue.AnyNumber;
        var value = i.FromSource(source, draft, path, c.Place);
        return Text(decorator, 0) is { Length: > 0 } field ? i.GetProperty(value, field, c.Place, c.Frame) : value;
    }

    // A pipe makes a number of it, or lets only some texts through; routing-controllers and tsoa do so by its type.
    private static bool IsNumber(HeapObject decorator, string path, Ir.Parameter parameter) =>
        (parameter.TypeName is "number" or "boolean" && path.Contains("tsoa", StringComparison.Ordinal)) || (parameter.TypeName is "number" && path.StartsWith("routing", StringComparison.Ordinal))
        || Arguments(decorator).SelectMany(a => a.Objects).Any(o => Array.Exists(["ParseInt", "ParseFloat", "ParseBool", "ParseUUID", "ParseEnum", "ParseDate"], p => o.Name.Contains(p, StringComparison.Ordinal)));

    // An object of a class, made with objects of the classes that its constructor takes.
    internal static AbstractValue Instance(Interpreter i, CallSite c, HeapObject type, int depth = MaxDepth) => i.World.Decorated.Instance(type, i.Round, () => Made(i, c, type, depth));

    private static AbstractValue Made(Interpreter i, CallSite c, HeapObject type, int depth)
    {
        var taken = i.World.Decorated.Takes(type);
        var constructor = Interpreter.Constructors(type).Find(k => k.Kind == ObjectKind.Function);
        var arguments = new AbstractValue[Math.Max(taken.Count, constructor?.Code?.Parameters.Count ?? 0)];
        Array.Fill(arguments, AbstractValue.Unknown);
        for (var k = 0; k < taken.Count; k++)
        {
            var made = AbstractValue.None;
            foreach (var t in taken[k].Objects)
            {
                if (t.Kind == ObjectKind.Function && depth > 0) made = made.Join(Instance(i, c, t, depth - 1));
                else if (t.Kind == ObjectKind.External) made = made.Join(i.NewValue(c.Frame, c.Place, t.Value, [], false, t));
            }
            if (!made.IsNone) arguments[k] = made;
        }
        for (var k = 0; k < arguments.Length; k++) if (Injection.Find(i, c, i.World.Decorated.Asks(type, k), depth - 1) is { } kept) arguments[k] = kept;
        var result = i.NewValue(c.Frame, type.Place, type.Value, arguments, false, type);
        if (type.TryGetOwn("prototype", out var prototype)) foreach (var p in prototype.Objects) foreach (var (name, decorators) in i.World.Decorated.Methods(p)) Fill(i, c, result, name, decorators, depth);
        return result;
    }

    // @Inject() shell: Shell;
    private static void Fill(Interpreter i, CallSite c, AbstractValue target, string field, List<HeapObject> decorators, int depth)
    {
        if (depth <= 0 || decorators.Find(IsInjection) is not { } injection) return;
        var value = Injection.Find(i, c, Argument(injection, 0), depth - 1);
        foreach (var d in decorators)
        {
            if (value is null && d.TryGetOwn(Type, out var type)) foreach (var t in type.Objects) if (t.Kind == ObjectKind.Function) value = Instance(i, c, t, depth - 1);
        }
        if (value is not null) foreach (var o in target.Objects) o.Write(field, value);
    }

    private static bool IsInjection(HeapObject decorator) => Name(PathOf(decorator)) is "Inject" or "inject" or "LazyInject" or "Autowired";

    private static bool IsHandler(HeapObject d) => PathOf(d) is { Length: > 0 } path && (path.Contains("graphql", StringComparison.Ordinal) ? Name(path) is "Query" || Array.IndexOf(Operations, Name(path)) >= 0 : Array.IndexOf(Verbs, Name(path)) >= 0 || Array.IndexOf(Messages, Name(path)) >= 0);

    // What stands before a handler: the classes that are named, or the decorator itself where none is.
    private static IEnumerable<HeapObject> Guards(List<HeapObject> decorators) =>
        decorators.Where(d => IsNamed(d, "UseGuards") || IsNamed(d, "Authorized") || IsNamed(d, "Security")).SelectMany(d => Arguments(d).SelectMany(a => a.Objects).DefaultIfEmpty(d));

    private static string NameOf(HeapObject guard) => guard.Code?.ClassName ?? (guard.TryGetOwn(Path, out _) ? Name(PathOf(guard)) : Name(guard.Name));

    // @Catch() class { catch(exception, host) }
    private static void Filter(Interpreter i, CallSite c, HeapObject type)
    {
        var before = i.CurrentEntry;
        var draft = i.CurrentEntry = i.World.Entry(i, type.Place, EntryPointKind.HttpRoute, c.Frame, "*", null, "@nestjs/common", type.Value, []);
        Call(i, c, Instance(i, c, type, MaxDepth), "catch", [ErrorFunctions.Passed(i), i.External(Context, draft).Value]);
        i.CurrentEntry = before;
    }

    private static void Call(Interpreter i, CallSite c, AbstractValue self, string name, AbstractValue[] arguments) =>
        ErrorFunctions.PassOn(i, Interpreter.Deferred(c.Frame, () => i.CallBack(c.Frame, c.Place, i.GetProperty(self, name, c.Place, c.Frame), arguments, self)).Thrown);

    private static bool UsesFastify(Interpreter i) => i.World.Decorated.OnFastify ??= i.World.Modules.Values.Any(m => m.Ir.Callables[0].Constants.Any(k => k.Value is Fastify));

    private static bool IsNamed(HeapObject decorator, string name) => Name(PathOf(decorator)) == name;
    private static string PathOf(HeapObject decorator) => decorator.TryGetOwn(Path, out var path) ? path.SingleString ?? "" : "";
    private static string Name(string path) => path[(path.LastIndexOf('.') + 1)..];
    private static IEnumerable<AbstractValue> Arguments(HeapObject decorator) => decorator.TryGetOwn(Given, out var list) ? list.Objects.SelectMany(o => o.Items()) : [];
    private static AbstractValue Argument(HeapObject decorator, int index) => Arguments(decorator).ElementAtOrDefault(index) ?? AbstractValue.Undefined;

    // "path", ["path", …] or { path: "…" }.
    private static string? Text(HeapObject decorator, int index)
    {
        var given = Argument(decorator, index);
        if (given.SingleString is { } text) return text;
        foreach (var o in given.Objects)
        {
            if (o.TryGetOwn("path", out var path) || o.TryGetOwn("name", out path) || o.TryGetOwn("0", out path)) return path.SingleString;
        }
        return null;
    }
}
