namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>jQuery's helpers that are no calls on elements.</summary>
internal static class JQueryFunctions
{
    /// <summary>Where widgets are kept, by name: what their methods are called on.</summary>
    public const string Widgets = "jQuery.widgets";

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        // Plugins: what is put there, pages call.
        t["jQuery.fn.extend"] = (i, c) =>
        {
            i.CopyProperties(c.This, c.Argument(0), c.Place, c.Frame);
            return c.This;
        };
        t["jQuery.widget"] = (i, c) =>
        {
            if (c.Argument(0).SingleString is { Length: > 0 } name && c.Arguments[^1].Objects is [{ Kind: ObjectKind.Plain } widget]) i.External(Widgets, null).Write(name, widget.Value);
            return AbstractValue.Undefined;
        };
        t["jQuery.each"] = (i, c) =>
        {
            var values = Values(i, c);
            i.CallBack(c.Frame, c.Place, c.Argument(1), [i.KeysOf(c.Argument(0), c.Place), values], values);
            return c.Argument(0).WithTest(null);
        };
        t["jQuery.map"] = (i, c) => ArrayFunctions.List(i, c, i.CallBack(c.Frame, c.Place, c.Argument(1), [Values(i, c), i.KeysOf(c.Argument(0), c.Place)], AbstractValue.Undefined));
        t["jQuery.grep"] = (i, c) =>
        {
            var values = Values(i, c);
            i.CallBack(c.Frame, c.Place, c.Argument(1), [values, AbstractValue.AnyNumber], AbstractValue.Undefined);
            return ArrayFunctions.List(i, c, values);
        };
        t["jQuery.makeArray"] = (i, c) => ArrayFunctions.List(i, c, Values(i, c));
        t["jQuery.proxy"] = (i, c) => FunctionFunctions.Bind(i, c, c.Argument(0), c.Argument(1), c.Arguments.Length > 2 ? c.Arguments[2..] : []);
        t["jQuery.trim"] = (i, c) => i.CallMethod(c.Frame, c.Place, c.Argument(0), "trim", []);
    }

    private static AbstractValue Values(Interpreter i, CallSite c)
    {
        var list = c.Argument(0);
        var items = i.ElementsOf(list);
        return list.Objects.Any(o => o.Kind == ObjectKind.Plain) ? items.Join(i.GetIndex(list, AbstractValue.AnyString, c.Place, c.Frame)) : items;
    }
}
