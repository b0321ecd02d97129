using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Reads and writes the ports that models name: this, an argument, a field of one.</summary>
internal static class Ports
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    public static AbstractValue Read(Interpreter interpreter, CallSite call, PortPath port)
    {
        var value = port.Root switch
        {
            PortRoot.This => call.This,
            PortRoot.Argument => call.Argument(port.Index),
            PortRoot.LastArgument => call.Arguments.Length > 0 ? call.Arguments[^1] : AbstractValue.Undefined,
            PortRoot.AnyArgument => call.Arguments.Aggregate(AbstractValue.None, (all, a) => all.Join(a)),
            _ => AbstractValue.None,
        };
        foreach (var segment in port.Path)
        {
            // A text has none of the fields that models name: { sql: … } is not what it is.
            if (value.SurelyString) return AbstractValue.None;
            value = segment switch
            {
                "[*]" => interpreter.ElementsOf(value),
                "{key}" => interpreter.KeysOf(value, call.Place),
                _ => interpreter.GetProperty(value, segment, call.Place, call.Frame),
            };
        }
        return value;
    }

    public static void Write(Interpreter interpreter, CallSite call, PortPath port, AbstractValue value)
    {
        var target = Read(interpreter, call, port with { Path = [.. port.Path.Take(Math.Max(0, port.Path.Count - 1))] });
        if (port.Path.Count > 0) interpreter.SetProperty(target, port.Path[^1], value, call.Place, call.Frame, false);
        else foreach (var o in target.Objects) o.WriteElement(value);
    }

    /// <summary>Whether a model's condition holds at a call, as <see cref="ModelCondition"/> defines.</summary>
    public static bool MayHold(Interpreter interpreter, CallSite call, ModelCondition condition)
    {
        var value = Read(interpreter, call, condition.Port);
        switch (condition.Test)
        {
            case "missing": return condition.Port.Root == PortRoot.Argument && condition.Port.Index >= call.Arguments.Length && !call.IsOpen;
            case "truthy": return value.Objects.Length > 0 || value.Constants.Any(AbstractValue.IsTruthy);
            case "present": return value.Objects.Length > 0 || value.Constants.Length > 0;
            case "falsy": return value.Truthiness() != true;
            case "absent": return value.IsNone || value.HasLabels || (value.Types & (Prim.Undefined | Prim.Null | Prim.Boolean | Prim.Other)) != 0;
            case "equals" or "in": return value.Constants.Any(c => condition.Values.Contains(AbstractValue.Print(c), StringComparer.Ordinal));
            case "matches": return value.KnownStrings().Any(s => condition.Values.Any(v => Patterns.GetOrAdd(v, p => new Regex(p, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)).IsMatch(s)));
            case "begins": return Begins(value, condition);
            case "may-begin": return value.Text is [{ Literal: { } white }, ..] && string.IsNullOrWhiteSpace(white) || (value.HasLabels || value.Types != Prim.None) && value.Text is not [{ Literal: not null }, ..] || Begins(value, condition);
            case "known-type": return condition.Values.Any(t => MayBe(value, t, false));
            case "type": return condition.Values.Any(t => MayBe(value, t, true));
            default: throw new InvalidOperationException($"No such test: {condition.Test}");
        }
    }

    private static bool Begins(AbstractValue value, ModelCondition condition) =>
        value.KnownStrings().Concat(value.Text is [{ Literal: { } first }, ..] ? [first] : []).Any(s => condition.Values.Any(v => s.AsSpan().TrimStart().StartsWith(v, StringComparison.Ordinal)));

    // A value of an attacker, or one that is not known, may be of any type.
    private static bool MayBe(AbstractValue value, string type, bool unknown)
    {
        var any = unknown && (value.HasLabels && !value.SurelyString || (value.Types & Prim.Other) != 0);
        return any || type switch
        {
            "string" => (value.Types & Prim.String) != 0 && (unknown || value.SurelyString) || value.Constants.Any(c => c is string),
            "number" => (value.Types & Prim.Number) != 0 && (unknown || (value.Types & ~Prim.Number) == 0) || value.Constants.Any(c => c is double),
            "boolean" => (value.Types & Prim.Boolean) != 0 && (unknown || (value.Types & ~Prim.Boolean) == 0) || value.Constants.Any(c => c is bool),
            "undefined" => (value.Types & Prim.Undefined) != 0 && (unknown || (value.Types & ~Prim.Undefined) == 0),
            "function" => value.Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native),
            "array" => value.Objects.Any(o => o.Kind == ObjectKind.Array),
            _ => value.Objects.Any(o => o.Kind is ObjectKind.Plain or ObjectKind.Array or ObjectKind.Promise or ObjectKind.Iterator),
        };
    }
}
