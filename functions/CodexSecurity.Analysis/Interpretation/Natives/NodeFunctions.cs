using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Node.js: events, buffers, utilities.</summary>
internal static class NodeFunctions
{
    private static readonly SourceModel FileContent = new(new PortPath(PortRoot.Return, 0, []), "file-content", "file", []);

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        // What a request leaves in the storage, everything that runs for it finds.
        t["new async_hooks.AsyncLocalStorage.run"] = t["new async_hooks.AsyncLocalStorage.enterWith"] = (i, c) =>
        {
            foreach (var o in c.This.Objects) o.WriteElement(c.Argument(0));
            return c.Path.EndsWith("run", StringComparison.Ordinal) ? i.CallBack(c.Frame, c.Place, c.Argument(1), c.Arguments.Length > 2 ? c.Arguments[2..] : [], AbstractValue.Undefined) : AbstractValue.Undefined;
        };
        t["new async_hooks.AsyncLocalStorage.getStore"] = (_, c) => c.This.Objects.Aggregate(AbstractValue.Undefined, (all, o) => all.Join(o.Elements));

        foreach (var type in (ReadOnlySpan<string>)["new events", "new events.EventEmitter", "new EventEmitter", "events", "events.EventEmitter", "new eventemitter3", "new eventemitter2"]) t[type] = Emitter;
        foreach (var method in (ReadOnlySpan<string>)["on", "once", "addListener", "prependListener"])
        {
            foreach (var type in (ReadOnlySpan<string>)["events", "events.EventEmitter", "new events", "new events.EventEmitter", "EventEmitter"]) t[type + "." + method] = Listen;
        }
        foreach (var type in (ReadOnlySpan<string>)["events", "events.EventEmitter", "new events", "new events.EventEmitter", "EventEmitter"]) t[type + ".emit"] = Emit;
        foreach (var name in (ReadOnlySpan<string>)["Buffer.from", "new Buffer", "Buffer", "Buffer.concat", "util.format", "util.inspect", "new String", "new TextEncoder.encode", "new TextDecoder.decode", "querystring.stringify", "qs.stringify"])
        {
            t[name] = (_, c) =>
            {
                var labels = c.Arguments.Aggregate(Array.Empty<Tainted>(), (all, a) => AbstractValue.JoinLabels(all, Interpreter.DeepLabels(a, 1)));
                return labels.Length == 0 ? AbstractValue.AnyString : new AbstractValue(Prim.String | Prim.Other, null, null, Interpreter.Traced(labels, c.Place, $"handed on by {c.Path}", c.Path));
            };
        }
        foreach (var fs in (ReadOnlySpan<string>)["fs", "graceful-fs", "fs-extra", "fs.promises", "fs/promises"])
        {
            foreach (var name in (ReadOnlySpan<string>)["readFileSync", "readFile"])
            {
                if (name == "readFileSync") t[fs + "." + name] = (i, c) => Content(i, c);
                else if (fs.EndsWith("promises", StringComparison.Ordinal)) t[fs + "." + name] = (i, c) => PromiseFunctions.Of(i, c, Content(i, c));
                else
                {
                    t[fs + "." + name] = (i, c) =>
                    {
                        var callback = c.Arguments.Length > 1 ? c.Arguments[^1] : AbstractValue.Undefined;
                        i.CallBack(c.Frame, c.Place, callback, [AbstractValue.Null.Join(AbstractValue.Unknown), Content(i, c)], AbstractValue.Undefined);
                        return c.Arguments.Length > 1 ? AbstractValue.Undefined : PromiseFunctions.Of(i, c, Content(i, c));
                    };
                }
            }
        }
        t["process.exit"] = (_, _) => AbstractValue.None;
        t["process.cwd"] = (_, _) => AbstractValue.AnyString;
    }

    // What evaluates or parses a file that a caller names takes its content from whoever wrote the file. Other dangers of content
    // (a page that shows it, a command) lie in the name already; a request names a file, but does not write it.
    private static AbstractValue Content(Interpreter i, CallSite c)
    {
        const TaintKinds Kept = TaintKinds.CodeText | TaintKinds.ProtoKey | TaintKinds.CtorKey | TaintKinds.ShellText;
        var labels = c.Argument(0).Labels.Where(l => l.Label.Node.Source.Kind is "library-input" or "command-line").ToArray();
        if (labels.Length == 0) return i.FromSource(FileContent, c.Callee?.Entry, c.Path, c.Place);
        return new AbstractValue(Prim.String, null, null, i.Without(Interpreter.Traced(labels, c.Place, "the content of the file that it names", "fs.readFile"), TaintKinds.All & ~Kept));
    }

    private static AbstractValue Emitter(Interpreter i, CallSite c)
    {
        if (c.This.Objects.Length > 0 && !c.IsNew) return c.This;
        var made = i.NewObject(c.Frame.Activation, c.Place.Start, 180, ObjectKind.Plain, c.Place);
        made.AddPrototype(i.External("EventEmitter", null).Value);
        return made.Value;
    }

    private static AbstractValue Listen(Interpreter i, CallSite c)
    {
        foreach (var o in c.This.Objects)
        {
            if (o.Kind == ObjectKind.External) continue;
            foreach (var name in c.Argument(0).KnownStrings()) o.Write("<on " + name, c.Argument(1));
        }
        i.CallBack(c.Frame, c.Place, c.Argument(1), [], c.This);
        return c.This;
    }

    private static AbstractValue Emit(Interpreter i, CallSite c)
    {
        foreach (var o in c.This.Objects)
        {
            foreach (var name in c.Argument(0).KnownStrings())
            {
                if (o.TryGetOwn("<on " + name, out var listeners)) i.CallBack(c.Frame, c.Place, listeners, c.Arguments[1..], o.Value);
            }
        }
        return AbstractValue.AnyBoolean;
    }
}
