using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>Tells a function that is meant to be called with <c>new</c>: its body gives <c>this</c> methods (<c>this.run = function …</c>).</summary>
internal static class ConstructorShape
{
    /// <summary>Whether a function does, by <c>this</c> itself or a variable that stands for it.</summary>
    public static bool Gives(Callable code)
    {
        if (code.Kind == CallableKind.Arrow) return false;
        // Most functions have none.
        if (!Array.Exists(code.Code, i => i.Op == Op.This) || !Array.Exists(code.Code, i => i.Op == Op.Function)) return false;
        HashSet<int> self = [], cells = [], closures = [];
        foreach (var i in code.Code)
        {
            switch (i.Op)
            {
                case Op.This: self.Add(i.Dst); break;
                case Op.Function: closures.Add(i.Dst); break;
                case Op.Move when self.Contains(i.A): self.Add(i.Dst); break;
                case Op.StoreCell when self.Contains(i.B): cells.Add(i.A); break;
                case Op.LoadCell when cells.Contains(i.A): self.Add(i.Dst); break;
                case Op.SetProp when self.Contains(i.A) && closures.Contains(i.C): return true;
                default: break;
            }
        }
        return false;
    }
}
