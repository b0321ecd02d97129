namespace CodexSecurity.Analysis.Ir;

/// <summary>Checks the structure of lowered code: terminators, ranges of slots, arguments, blocks and names.</summary>
public static class IrVerifier
{
    /// <summary>What is wrong, one sentence each; empty for a sound module.</summary>
    public static IReadOnlyList<string> Check(IrModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var wrong = new List<string>();
        foreach (var c in module.Callables)
        {
            void Fail(int at, string what) => wrong.Add($"{c.QualifiedName}: instruction {at}: {what}");
            foreach (var b in c.Blocks)
            {
                if (b.Count < 1 || b.First < 0 || b.First + b.Count > c.Code.Length) { Fail(b.First, "block out of range"); continue; }
                if (b.Handler >= c.Blocks.Length) Fail(b.First, "handler out of range");
                for (var i = b.First; i < b.First + b.Count; i++)
                {
                    var x = c.Code[i];
                    if (x.Op >= Op.Jump != (i == b.First + b.Count - 1)) Fail(i, "terminator misplaced");
                    if (x.Dst >= c.SlotCount || x.Start > x.End) Fail(i, "slot or span out of range");
                    if (x.ArgCount > 0 && x.ArgStart + x.ArgCount > c.Args.Length) { Fail(i, "arguments out of range"); continue; }
                    var limit = x.Op == Op.Choose ? c.Blocks.Length : c.SlotCount;
                    foreach (var a in c.ArgsOf(x))
                    {
                        if (Callable.SlotOf(a) >= limit) Fail(i, "argument out of range");
                    }
                    if (x.Op == Op.Jump && (uint)x.A >= (uint)c.Blocks.Length) Fail(i, "target out of range");
                    if (x.Op == Op.Branch && ((uint)x.B >= (uint)c.Blocks.Length || (uint)x.C >= (uint)c.Blocks.Length)) Fail(i, "target out of range");
                    if (x.Op is Op.GetProp or Op.CallMethod or Op.SetProp && (uint)x.B >= (uint)module.Names.Count) Fail(i, "name out of range");
                    if (x.Op == Op.Function && (uint)x.A >= (uint)module.Callables.Count) Fail(i, "callable out of range");
                }
            }
        }
        return wrong;
    }
}
