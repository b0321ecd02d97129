using System.Globalization;
using System.Text;

namespace CodexSecurity.Analysis.Ir;

/// <summary>Readable text of a module, one instruction a line, for snapshots.</summary>
public static class IrPrinter
{
    /// <summary>Prints all callables in order.</summary>
    public static string Print(IrModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var s = new StringBuilder();
        foreach (var c in module.Callables)
        {
            s.Append(CultureInfo.InvariantCulture, $"{c.Kind} {c.QualifiedName} #{c.Id}\n");
            for (var b = 0; b < c.Blocks.Length; b++)
            {
                var block = c.Blocks[b];
                s.Append(CultureInfo.InvariantCulture, $" b{b}{(block.Handler >= 0 ? $" handler b{block.Handler}" : "")}:\n");
                for (var i = block.First; i < block.First + block.Count; i++) Line(s, module, c, c.Code[i]);
            }
        }
        return s.ToString();
    }

    private static void Line(StringBuilder s, IrModule m, Callable c, in Instruction x)
    {
        s.Append("  ");
        if (x.Dst >= 0) s.Append(CultureInfo.InvariantCulture, $"{Slot(c, x.Dst)} = ");
        s.Append(x.Op);
        switch (x.Op)
        {
            case Op.Const or Op.Unsupported: s.Append(CultureInfo.InvariantCulture, $" {c.Constants[x.A].Kind} {c.Constants[x.A].Value}"); break;
            case Op.LoadGlobal or Op.StoreGlobal: s.Append(' ').Append(m.Names[x.A]); if (x.B >= 0) s.Append(' ').Append(Slot(c, x.B)); break;
            case Op.LoadCell or Op.StoreCell: s.Append(' ').Append(m.Cells[x.A].Name); if (x.B >= 0) s.Append(' ').Append(Slot(c, x.B)); break;
            case Op.GetProp or Op.SetProp or Op.DeleteProp or Op.CallMethod or Op.SuperProp or Op.DefineAccessor:
                s.Append(CultureInfo.InvariantCulture, $" {(x.A >= 0 ? Slot(c, x.A) : "")}.{m.Names[x.B]}");
                if (x.C >= 0) s.Append(' ').Append(Slot(c, x.C));
                break;
            case Op.Param or Op.RestParam or Op.Function or Op.Jump: s.Append(CultureInfo.InvariantCulture, $" {x.A}"); break;
            case Op.Branch: s.Append(CultureInfo.InvariantCulture, $" {Slot(c, x.A)} b{x.B} b{x.C}"); break;
            case Op.Binary: s.Append(CultureInfo.InvariantCulture, $" {(BinaryOp)x.C} {Slot(c, x.A)} {Slot(c, x.B)}"); break;
            case Op.Unary: s.Append(CultureInfo.InvariantCulture, $" {(UnaryOp)x.C} {Slot(c, x.A)}"); break;
            case Op.Import when x.A >= 0: s.Append(CultureInfo.InvariantCulture, $" '{c.Constants[x.A].Value}'"); break;
            case Op.Regex: s.Append(CultureInfo.InvariantCulture, $" /{c.Constants[x.A].Value}/{c.Constants[x.B].Value}"); break;
            case Op.Class: s.Append(CultureInfo.InvariantCulture, $" #{x.A}"); if (x.B >= 0) s.Append(' ').Append(Slot(c, x.B)); break;
            default:
                foreach (var a in (ReadOnlySpan<int>)[x.A, x.B, x.C]) if (a >= 0) s.Append(' ').Append(Slot(c, a));
                break;
        }
        if (x.ArgCount > 0)
        {
            s.Append(" (");
            foreach (var a in c.ArgsOf(x))
            {
                s.Append(' ').Append(x.Op == Op.Choose ? $"b{a}" : (Callable.IsSpread(a) ? "..." : "") + Slot(c, Callable.SlotOf(a)));
            }
            s.Append(" )");
        }
        if (x.Flags != 0) s.Append(CultureInfo.InvariantCulture, $" [{x.Flags}]");
        s.Append('\n');
    }

    private static string Slot(Callable c, int slot) => c.SlotNames[slot] is { } name ? $"{name}${slot}" : $"${slot}";
}
