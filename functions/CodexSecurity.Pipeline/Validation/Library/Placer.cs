using System.Globalization;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A call with a payload in it.</summary>
/// <param name="Args">Arguments.</param>
/// <param name="Access">From the exports to the function.</param>
/// <param name="Feed">What is written to a stream that comes back; null: something harmless.</param>
public sealed record PlacedCall(IReadOnlyList<JsValue> Args, IReadOnlyList<HarnessStep> Access, JsValue? Feed = null);

/// <summary>Puts a value where the attacker's input goes.</summary>
public static class Placer
{
    /// <summary>
    /// The call with the leaf at the input's place: "arg1" and a path below it, or "access0.arg1" for the first constructor or factory
    /// on the way. Null for roots that are no argument.
    /// </summary>
    public static PlacedCall? Place(CallPlan plan, TaintedInput input, JsValue leaf)
    {
        string root = input.Root;
        input = Of(plan, input);
        if (Index(root, "arg") is { } index) return new PlacedCall(plan.WithArg(index, At(plan.Args, index).With(input.AccessPath, 0, leaf)).Args, plan.Access);
        if (OnTheWay(plan, root) is not { } way) return null;
        var access = plan.Access.ToList();
        var args = access[way.Step].Args.ToList();
        while (args.Count <= way.Argument) args.Add(JsValue.Undefined);
        args[way.Argument] = args[way.Argument].With(input.AccessPath, 0, leaf);
        access[way.Step] = access[way.Step] with { Args = args };
        return new PlacedCall(plan.Args, access);
    }

    private static TaintedInput Of(CallPlan plan, TaintedInput input) => plan.Whole.Contains(input.Root) ? input with { AccessPath = [] } : input;

    // "access0.arg1": which step of the way it is, and which of its arguments.
    private static (int Step, int Argument)? OnTheWay(CallPlan plan, string root)
    {
        int dot = root.IndexOf('.');
        if (dot <= 0 || Index(root[..dot], "access") is not { } number || Index(root[(dot + 1)..], "arg") is not { } argument) return null;
        var calls = plan.Access.Select((s, i) => (s, i)).Where(x => x.s.Kind != "property").ToList();
        return number < calls.Count ? (calls[number].i, argument) : null;
    }

    /// <summary>What stands at the input's place in the benign call, if it is text.</summary>
    public static string? TextAt(CallPlan plan, TaintedInput input) => ValueAt(plan, input) is { Kind: "string" or "number" } value ? value.Text : null;

    /// <summary>What stands at the input's place in the benign call; null where nothing does, and for roots that are no argument.</summary>
    public static JsValue? ValueAt(CallPlan plan, TaintedInput input)
    {
        JsValue value;
        input = Of(plan, input);
        if (Index(input.Root, "arg") is { } index) value = At(plan.Args, index);
        else if (OnTheWay(plan, input.Root) is { } way) value = At(plan.Access[way.Step].Args, way.Argument);
        else return null;
        foreach (string key in input.AccessPath)
        {
            var next = key == "[*]" || int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? (value.Items is [var first, ..] ? first : null) : value.Properties?.FirstOrDefault(p => p.Key == key)?.Value;
            if (next is null) return null;
            value = next;
        }

        return value;
    }

    private static JsValue At(IReadOnlyList<JsValue> args, int index) => index < args.Count ? args[index] : JsValue.Undefined;

    internal static int? Index(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n < 32 ? n : null;
}
