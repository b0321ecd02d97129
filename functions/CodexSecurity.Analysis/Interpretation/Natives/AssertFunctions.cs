namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Assertions: what they are given holds behind them, as they throw where it does not.</summary>
internal static class AssertFunctions
{
    private static readonly string[] Modules = ["assert", "assert.strict", "assert/strict", "power-assert", "chai.assert", "http-assert"];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        foreach (var module in Modules)
        {
            t[module] = t[module + ".ok"] = t[module + ".isTrue"] = t[module + ".isOk"] = (_, c) => Checked(c, c.Argument(0), true);
            t[module + ".isFalse"] = t[module + ".isNotOk"] = (_, c) => Checked(c, c.Argument(0), false);
            Compared(t, module, true, "equal", "deepEqual");
            Compared(t, module, false, "strictEqual", "deepStrictEqual");
            t[module + ".match"] = (i, c) => Matched(i, c, true);
            t[module + ".doesNotMatch"] = t[module + ".notMatch"] = (i, c) => Matched(i, c, false);
        }
    }

    /// <summary>Whether a function that is not known is an assertion by its name: a condition first, and it throws unless that holds.</summary>
    public static bool IsName(string path) => path.AsSpan(path.LastIndexOf('.') + 1) is "assert" or "invariant" or "tiny-invariant" or "ts-invariant" && path != "console.assert";

    /// <summary>Takes a condition for what it says of the values that it is about.</summary>
    /// <param name="call">The call that has come back.</param>
    /// <param name="condition">What was checked.</param>
    /// <param name="holds">Whether it was true.</param>
    public static AbstractValue Checked(CallSite call, AbstractValue condition, bool holds)
    {
        Interpreter.Hold(call.Frame, condition, holds);
        return AbstractValue.Undefined;
    }

    private static void Compared(Dictionary<string, NativeFunction> t, string module, bool converts, string equal, string deep)
    {
        t[$"{module}.{equal}"] = t[$"{module}.{deep}"] = (_, c) => Checked(c, Interpreter.Equality(c.Argument(0), c.Argument(1), true, converts), true);
        t[$"{module}.not{char.ToUpperInvariant(equal[0])}{equal[1..]}"] = (_, c) => Checked(c, Interpreter.Equality(c.Argument(0), c.Argument(1), true, converts), false);
    }

    private static AbstractValue Matched(Interpreter i, CallSite c, bool matches) => Checked(c, i.CallMethod(c.Frame, c.Place, c.Argument(1), "test", [c.Argument(0)]), matches);
}
