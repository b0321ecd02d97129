using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

// What a call of a modelled API does, and of code that is not known: the functions that it is given are called.
internal sealed partial class Interpreter
{
    private AbstractValue Modelled(CallSite call, CallableModel model, string path)
    {
        foreach (var guard in model.Guards) if (guard.ByReturn) call.Frame.Facts = call.Frame.Facts.Union(FactsOf(Ports.Read(this, call, guard.Input), guard.Removes));
        foreach (var answer in model.Answers) if (answer.When is null || Ports.MayHold(this, call, answer.When)) call.Frame.Facts = AnswerTypes.Said(this, call, answer);
        foreach (var c in model.Callbacks)
        {
            var callback = Ports.Read(this, call, c.Callback);
            var given = c.Passes.Select(p => Passed(call, p, path)).ToArray();
            CallBack(call.Frame, call.Place, callback, given, c.ThisValue is { } self ? Ports.Read(this, call, self) : AbstractValue.Undefined);
        }
        if (model.Callbacks.Count == 0) EscapeCallbacks(call.Frame, call.Place, call.Arguments);
        var result = AbstractValue.None;
        foreach (var source in model.Sources) if (source.Output.Root == PortRoot.Return && (source.When is null || Ports.MayHold(this, call, source.When))) result = result.Join(FromSource(source, call.Callee?.Entry, path, call.Place));
        foreach (var p in model.Propagators)
        {
            if (p.Transformation == "answer") { result = result.Join(SinkDetails.Answer(this, call, Ports.Read(this, call, p.From[0]))); continue; }
            var labels = p.From.Aggregate(Array.Empty<Tainted>(), (all, port) => AbstractValue.JoinLabels(all, DeepLabels(Ports.Read(this, call, port), 1)));
            if (labels.Length == 0) continue;
            labels = Traced(labels, call.Place, $"handed on by {ShortName(path)}", p.Transformation);
            if (p.To.Root == PortRoot.Return) result = result.Join(new AbstractValue(Prim.Any, null, null, labels));
            else Ports.Write(this, call, p.To, new AbstractValue(Prim.Any, null, null, labels));
        }
        foreach (var s in model.Sanitizers)
        {
            var labels = call.Arguments.Aggregate(call.This.Labels, (all, v) => AbstractValue.JoinLabels(all, v.Labels));
            result = result.Join(new AbstractValue(Prim.String, null, null, Traced(Without(labels, s.Removes), call.Place, $"passes {ShortName(path)}")));
        }
        foreach (var guard in model.Guards.Where(g => !g.ByReturn))
        {
            var facts = FactsOf(Ports.Read(this, call, guard.Input), guard.Removes);
            result = result.Join(AbstractValue.AnyBoolean.WithTest(guard.When ? TestFacts.Boolean(facts, FactSet.Empty) : TestFacts.Boolean(FactSet.Empty, facts)));
        }
        var type = Models.Normalize(model.ReturnType ?? (call.IsNew ? path : path + "()"));
        if (result.IsNone) result = Builtins.TypeValue(this, type) ?? External(type, call.Callee?.Entry).Value.WithTypes(model.ReturnType is null && !call.IsNew && type.EndsWith(')') ? MaybePrimitive : Prim.None);
        else if (model.ReturnType is not null) result = result.Join(Builtins.TypeValue(this, type) ?? External(type, call.Callee?.Entry).Value);
        if (!model.IsNeutral && model.DoesNothing && model.ReturnType is null)
        {
            var carried = Propagated(call.This, call.Arguments, call.Place, ShortName(path));
            if (carried.HasLabels) result = result.Join(carried);
        }
        return result;
    }

    private AbstractValue Passed(CallSite call, CallbackArgument p, string path)
    {
        var value = AbstractValue.None;
        if (p.IsError) value = AbstractValue.Null.Join(AbstractValue.Unknown);
        if (p.From is { } port) value = value.Join(p.IsAnswer ? SinkDetails.Answer(this, call, Ports.Read(this, call, port)) : Ports.Read(this, call, port));
        var entry = call.Callee?.Entry;
        if (p.SourceKind is { } kind)
        {
            // Data that the program keeps comes in where the entry point that runs reads it.
            if (kind is "http-request" or "message" or "command-line") entry ??= World.EntryAt(this, call, kind, path);
            if (p.Type is null) value = value.Join(FromSource(new SourceModel(new PortPath(PortRoot.Return, 0, []), kind, p.SourceRoot ?? "request", []), entry, path, call.Place));
        }
        else if (p.Type is not null && WorldModel.IsRequestType(p.Type)) entry ??= World.EntryAt(this, call, "http-request", path);
        if (p.Type is { } type) value = value.Join(Builtins.TypeValue(this, type) ?? External(Models.Normalize(type), entry).Value);
        return value.IsNone ? AbstractValue.Unknown : value;
    }

    /// <summary>Functions that were handed to unknown code may be called with anything, also with what was handed over beside them.</summary>
    internal void EscapeCallbacks(Frame frame, Place place, AbstractValue[] arguments, AbstractValue? carried = null)
    {
        foreach (var a in arguments)
        {
            foreach (var o in a.Objects)
            {
                if (o.Kind is ObjectKind.Plain or ObjectKind.Array) o.Open();
                if (Natives.Frameworks.HandedOn(this, frame, place, o)) continue;
                if (o.Kind is ObjectKind.Function && o.Code is { } code && !o.IsClass) CallBack(frame, place, o.Value, carried is { HasLabels: true } ? [.. code.Parameters.Select((p, i) => i == 0 && IsError(p.Name) ? AbstractValue.Unknown : carried)] : [], AbstractValue.Undefined);
                else if (o.Kind is ObjectKind.Bound or ObjectKind.Native) CallBack(frame, place, o.Value, [], AbstractValue.Undefined);
            }
        }
    }

    private static bool IsError(string name) => name is "err" or "error" or "e" or "er" or "_err" or "_";

    /// <summary>Calls a callback: what is not given is unknown.</summary>
    internal AbstractValue CallBack(Frame frame, Place place, AbstractValue callback, AbstractValue[] given, AbstractValue self)
    {
        var result = AbstractValue.None;
        foreach (var o in callback.Objects)
        {
            var arguments = given;
            if (o.Code is { } code && code.Parameters.Count > given.Length) arguments = Filled(given, code.Parameters.Count);
            var before = frame.Facts;
            result = result.Join(CallObject(frame, place, o, self, arguments, false, false));
            // A callback may run later or never: what it checks says nothing about what follows.
            frame.Facts = before;
        }
        if (callback.Labels.Length > 0)
        {
            foreach (var l in callback.Labels) { l.Label.Node.Uses |= UsedAs.Function; l.Label.Node.CallArguments = Math.Max(l.Label.Node.CallArguments, given.Length); }
            result = result.Join(AbstractValue.Unknown);
        }
        return result.IsNone ? AbstractValue.Unknown : result;
    }

    private static AbstractValue[] Filled(AbstractValue[] given, int count)
    {
        var all = new AbstractValue[count];
        given.CopyTo(all, 0);
        Array.Fill(all, AbstractValue.Unknown, given.Length, count - given.Length);
        return all;
    }
}
