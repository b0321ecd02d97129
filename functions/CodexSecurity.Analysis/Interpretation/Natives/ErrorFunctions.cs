using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Errors: objects that hold the text they were made with, where that is an attacker's.</summary>
internal static class ErrorFunctions
{
    private static readonly string[] Names = ["Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError"];
    /// <summary>The field that only errors have.</summary>
    public const string Stack = "stack";
    // The text of an error is for people: no program takes it for a name, a command or a path. What a library's caller handed in, the caller may be told.
    private const TaintKinds Shown = TaintKinds.HtmlText | TaintKinds.HeaderText | TaintKinds.LogText | TaintKinds.TemplateText;
    // Where error handlers find what was passed on to them.
    private const string PassedOn = "<error>";

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var name in Names) t[name] = t["new " + name] = Make;
        t["koa.Context.throw"] = (i, c) =>
        {
            foreach (var a in c.Arguments) i.Throw(c.Frame, a);
            return AbstractValue.Undefined;
        };
    }

    // Error(text), new Error(text), super(text).
    private static AbstractValue Make(Interpreter i, CallSite c)
    {
        var text = c.Argument(0);
        var told = Array.FindAll(text.Labels, l => l.Label.Node.Source.Kind != TaintSource.OfCallers);
        if (told.Length == 0) return i.WithoutSemantics(c);
        text = new AbstractValue(Prim.String, null, null, Interpreter.Traced(i.Without(told, ~Shown), c.Place, "becomes the text of an error"), text.Text);
        var own = c.IsNew && c.This.Objects.Length > 0;
        var made = own ? c.This : i.NewObject(c.Frame.Activation, c.Place.Start, 137, ObjectKind.Plain, c.Place).Value;
        foreach (var o in made.Objects)
        {
            if (!own) o.AddPrototype(i.External("new Error", null).Value);
            o.Write("message", text);
            o.Write(Stack, text);
        }
        return made;
    }

    /// <summary>A handler has thrown, or called next with an error: any error handler may get it.</summary>
    public static void PassOn(Interpreter i, AbstractValue error)
    {
        if (!error.IsNone) i.External(PassedOn, null).Write("value", error);
    }

    /// <summary>What error handlers get.</summary>
    public static AbstractValue Passed(Interpreter i) => i.External(PassedOn, null).TryGetOwn("value", out var error) ? AbstractValue.Unknown.Join(error) : AbstractValue.Unknown;
}
