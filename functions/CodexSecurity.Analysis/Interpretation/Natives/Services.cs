using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Tables of functions that servers call with what a request says: resolvers of GraphQL and services of Feathers.</summary>
internal static class Services
{
    private const int MaxDepth = 4, MaxFields = 400;
    private static readonly SourceModel Input = new(PortPath.Return, "http-request", "request", ["body"]);
    private static readonly SourceModel Arguments = new(PortPath.Return, "http-request", "request", ["arguments"]);
    private static readonly string[] Methods = ["find", "get", "create", "update", "patch", "remove"];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var package in (ReadOnlySpan<string>)["apollo-server", "apollo-server-express", "apollo-server-koa", "apollo-server-fastify", "apollo-server-lambda", "apollo-server-micro", "apollo-server-core", "@apollo/server", "graphql-yoga", "@graphql-tools/schema", "graphql-tools"])
        {
            foreach (var maker in (ReadOnlySpan<string>)[".ApolloServer", ".GraphQLServer", ".makeExecutableSchema", ".createSchema", ".addResolversToSchema", ".addResolveFunctionsToSchema"])
            {
                t[package + maker] = t["new " + package + maker] = (i, c) => Schema(i, c, "resolvers", 1);
            }
        }
        foreach (var server in (ReadOnlySpan<string>)["express-graphql", "express-graphql.graphqlHTTP", "koa-graphql", "koa-graphql.graphqlHTTP", "graphql-http/lib/use/express.createHandler", "graphql-http/lib/use/http.createHandler", "graphql.graphql", "graphql.graphqlSync"])
        {
            t[server] = (i, c) => Schema(i, c, "rootValue", 0);
        }
        t["graphql.GraphQLObjectType"] = t["new graphql.GraphQLObjectType"] = (i, c) => Schema(i, c, "fields", 1);
        foreach (var server in (ReadOnlySpan<string>)["new @grpc/grpc-js.Server", "new grpc.Server"]) t[server + ".addService"] = t[server + ".addProtoService"] = Serve;
        foreach (var app in (ReadOnlySpan<string>)["@feathersjs/express()", "@feathersjs/feathers()", "@feathersjs/feathers.feathers()", "@feathersjs/koa.koa()", "@feathersjs/express.default()"]) t[app + ".use"] = Use;
    }

    // A resolver's arguments stand behind its parent; a function of the root value gets them first.
    private static AbstractValue Schema(Interpreter i, CallSite c, string table, int place)
    {
        var visited = new HashSet<HeapObject>();
        Resolve(i, c, i.GetProperty(c.Argument(0), table, c.Place, c.Frame), place, MaxDepth, visited, table == "fields");
        return i.External(i.Models.Normalize(c.IsNew ? c.Path : c.Path + "()"), c.Callee?.Entry).Value;
    }

    private static void Resolve(Interpreter i, CallSite c, AbstractValue value, int place, int depth, HashSet<HeapObject> visited, bool lazily)
    {
        foreach (var o in value.Objects)
        {
            if (!visited.Add(o)) continue;
            // fields: () => ({ … })
            if (o.Kind == ObjectKind.Function && lazily) Resolve(i, c, i.CallBack(c.Frame, c.Place, o.Value, [], AbstractValue.Undefined), place, depth, visited, false);
            else if (o.Kind is ObjectKind.Function or ObjectKind.Bound) Call(i, c, o, draft => [.. Enumerable.Repeat(AbstractValue.Unknown, place), i.FromSource(Arguments, draft, c.Path, c.Place)], AbstractValue.Undefined);
            else if (depth > 0 && o.Kind is ObjectKind.Plain or ObjectKind.Array)
            {
                foreach (var name in o.FieldNames.Where(Interpreter.IsField).Take(MaxFields).ToList()) Resolve(i, c, i.GetProperty(o.Value, name, c.Place, c.Frame), place, depth - 1, visited, false);
                Resolve(i, c, o.Elements, place, depth - 1, visited, false);
            }
        }
    }

    // server.addService(description, { method: (call, callback) => … })
    private static AbstractValue Serve(Interpreter i, CallSite c)
    {
        foreach (var o in c.Argument(1).Objects)
        {
            foreach (var name in o.FieldNames.Where(Interpreter.IsField).Take(MaxFields).ToList())
            {
                foreach (var f in i.GetProperty(o.Value, name, c.Place, c.Frame).Objects) if (f.Kind is ObjectKind.Function or ObjectKind.Bound) Call(i, c, f, draft => [i.External("grpc.Call", draft).Value], o.Value);
            }
        }
        return AbstractValue.Undefined;
    }

    // app.use("/messages", service): its methods are routes.
    private static AbstractValue Use(Interpreter i, CallSite c)
    {
        foreach (var o in c.Arguments.SelectMany(a => a.Objects))
        {
            if (o.Kind != ObjectKind.Plain) continue;
            foreach (var method in Methods)
            {
                foreach (var f in i.GetProperty(o.Value, method, c.Place, c.Frame).Objects) if (f.Kind == ObjectKind.Function) Call(i, c, f, draft => [.. Enumerable.Repeat(i.FromSource(Input, draft, c.Path, c.Place), 3)], o.Value);
            }
        }
        return Frameworks.Route(i, c, "use", "express");
    }

    private static void Call(Interpreter i, CallSite c, HeapObject function, Func<EntryDraft, AbstractValue[]> arguments, AbstractValue self)
    {
        var at = function.Code is null ? c.Place : function.Place;
        var draft = i.World.Entry(i, at, EntryPointKind.HttpRoute, c.Frame, "*", null, c.Path.Split('.', '(')[0].Replace("new ", "", StringComparison.Ordinal), function.Value, []);
        var before = i.CurrentEntry;
        i.CurrentEntry = draft;
        i.CallBack(c.Frame, c.Place, function.Value, arguments(draft), self);
        i.CurrentEntry = before;
    }
}
