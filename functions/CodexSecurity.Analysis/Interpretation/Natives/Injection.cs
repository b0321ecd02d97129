namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>
/// Containers that make objects and hand them to whoever asks (tsyringe, inversify, typedi, Nest's modules): what is kept under a token is a class, of which an object
/// is made, or a value. All containers of a program count as one.
/// </summary>
internal static class Injection
{
    private const string Registry = "<container>", Token = "<token>", Class = "<class>", Kept = "<value>", Factory = "<factory>";

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["tsyringe.container.resolve"] = t["new inversify.Container.get"] = t["new inversify.Container.resolve"] = t["typedi.Container.get"] = t["@nestjs/core.ModuleRef.get"] = (i, c) => Find(i, c, c.Argument(0)) ?? AbstractValue.Unknown;
        t["tsyringe.container.register"] = (i, c) => { Provide(i, c, c.Argument(0), c.Argument(1)); return c.This; };
        t["tsyringe.container.registerSingleton"] = t["tsyringe.container.registerType"] = (i, c) => { Keep(i, c, c.Argument(0), Class, c.Arguments.Length > 1 ? c.Argument(1) : c.Argument(0)); return c.This; };
        t["tsyringe.container.registerInstance"] = t["typedi.Container.set"] = (i, c) => { Keep(i, c, c.Argument(0), Kept, c.Argument(1)); return c.This; };
        t["new inversify.Container.bind"] = t["new inversify.Container.rebind"] = (i, c) =>
        {
            var binding = i.NewObject(c.Frame.Activation, c.Place.Start, 230, ObjectKind.Plain, c.Place);
            binding.AddPrototype(i.External("inversify.Binding", null).Value);
            binding.Write(Token, c.Argument(0));
            return binding.Value;
        };
        t["inversify.Binding.to"] = t["inversify.Binding.toService"] = (i, c) => Bind(i, c, Class, c.Argument(0));
        t["inversify.Binding.toSelf"] = (i, c) => c.This.Objects.Aggregate(c.This, (self, o) => o.TryGetOwn(Token, out var token) ? Bind(i, c, Class, token) : self);
        t["inversify.Binding.toConstantValue"] = (i, c) => Bind(i, c, Kept, c.Argument(0));
        t["inversify.Binding.toDynamicValue"] = (i, c) => Bind(i, c, Factory, c.Argument(0));
        foreach (var scope in (ReadOnlySpan<string>)["inSingletonScope", "inTransientScope", "inRequestScope"]) t["inversify.Binding." + scope] = (_, c) => c.This;
        t["@nestjs/common.Module"] = (i, c) =>
        {
            foreach (var provider in i.GetProperty(c.Argument(0), "providers", c.Place, c.Frame).Objects.SelectMany(o => o.Items()).SelectMany(v => v.Objects))
            {
                if (provider.TryGetOwn("provide", out var token)) Provide(i, c, token, provider.Value);
            }
            return i.External("@nestjs/common.Module()", null).Value;
        };
    }

    /// <summary>What a container has under a token: an object of the class that is kept there, or that the token itself is; null where that is not known.</summary>
    public static AbstractValue? Find(Interpreter i, CallSite c, AbstractValue token, int depth = 4)
    {
        if (token.IsNone || depth <= 0) return null;
        var registry = i.External(Registry, null);
        var found = AbstractValue.None;
        foreach (var key in Keys(token))
        {
            if (!registry.TryGetOwn(key, out var entries)) continue;
            foreach (var entry in entries.Objects)
            {
                if (entry.TryGetOwn(Kept, out var value)) found = found.Join(value);
                if (entry.TryGetOwn(Class, out var types)) foreach (var type in types.Objects) if (type.Kind == ObjectKind.Function) found = found.Join(Controllers.Instance(i, c, type, depth));
                if (entry.TryGetOwn(Factory, out var factory)) found = found.Join(Interpreter.Awaited(i.CallBack(c.Frame, c.Place, factory, [], AbstractValue.Undefined)));
            }
        }
        if (!found.IsNone) return found;
        foreach (var type in token.Objects) if (type.Kind == ObjectKind.Function && (type.IsClass || type.HasOwn("prototype"))) found = found.Join(Controllers.Instance(i, c, type, depth));
        return found.IsNone ? null : found;
    }

    // { useClass: … }, { useValue: … }, { useFactory: … }, or the class itself.
    private static void Provide(Interpreter i, CallSite c, AbstractValue token, AbstractValue provider)
    {
        foreach (var o in provider.Objects)
        {
            if (o.Kind == ObjectKind.Function) Keep(i, c, token, Class, o.Value);
            if (o.TryGetOwn("useClass", out var type)) Keep(i, c, token, Class, type);
            if (o.TryGetOwn("useExisting", out var same) || o.TryGetOwn("useToken", out same)) Keep(i, c, token, Class, same);
            if (o.TryGetOwn("useValue", out var value)) Keep(i, c, token, Kept, value);
            if (o.TryGetOwn("useFactory", out var factory)) Keep(i, c, token, Factory, factory);
        }
    }

    private static AbstractValue Bind(Interpreter i, CallSite c, string kind, AbstractValue value)
    {
        foreach (var o in c.This.Objects) if (o.TryGetOwn(Token, out var token)) Keep(i, c, token, kind, value);
        return c.This;
    }

    private static void Keep(Interpreter i, CallSite c, AbstractValue token, string kind, AbstractValue value)
    {
        var entry = i.NewObject(c.Frame.Activation, c.Place.Start, 231, ObjectKind.Plain, c.Place);
        entry.Write(kind, value);
        foreach (var key in Keys(token)) i.External(Registry, null).Write(key, entry.Value);
    }

    private static IEnumerable<string> Keys(AbstractValue token)
    {
        foreach (var constant in token.Constants)
        {
            if (constant is string text) yield return "token " + text;
            else if (constant is SymbolKey symbol) yield return "token " + symbol.Field;
        }
        foreach (var o in token.Objects) if (o.Kind is ObjectKind.Function or ObjectKind.External) yield return "class " + o.Id;
    }
}
