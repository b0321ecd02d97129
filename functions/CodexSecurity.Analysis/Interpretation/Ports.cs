using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Reads and writes the ports that models name: this, an argument, a field of one.</summary>
internal static class Ports
{
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

    /// <summary>Whether a model's condition may hold at a call.</summary>
    public static bool MayHold(Interpreter interpreter, CallSite call, ModelCondition condition)
    {
        var value = Read(interpreter, call, condition.Port);
        switch (condition.Test)
        {
            case "truthy": return value.Truthiness() != false && !(value.Types == Prim.Any && value.Labels.Length == 0 && value.Objects.Length == 0);
            case "falsy": return value.Truthiness() != true;
            case "absent": return value.Truthiness() == false || value.IsNone;
            case "present": return value.Truthiness() != false;
            case "equals" or "in":
                if (value.HasLabels || (value.Types & Prim.String) != 0) return true;
                return value.Constants.Any(c => condition.Values.Contains(AbstractValue.Print(c), StringComparer.Ordinal));
            case "matches":
                return value.KnownStrings().Any(s => condition.Values.Any(v => s.Contains(v, StringComparison.OrdinalIgnoreCase)));
            case "type":
                return condition.Values.Any(t => t switch
                {
                    "string" => value.HasLabels || (value.Types & Prim.String) != 0 || value.Constants.Any(c => c is string),
                    "function" => value.Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Native),
                    "array" => value.HasLabels || value.Objects.Any(o => o.Kind == ObjectKind.Array),
                    _ => value.HasLabels || value.Objects.Any(o => o.Kind == ObjectKind.Plain),
                });
            default: return true;
        }
    }
}
