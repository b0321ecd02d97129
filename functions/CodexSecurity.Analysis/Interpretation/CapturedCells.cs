using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Captured variables that have their last value before any function that uses them is made: such a function sees them as they are then,
/// with all that checks have established of them by that time.
/// </summary>
internal sealed class CapturedCells
{
    private readonly int[]?[] _givenTo;
    private readonly bool[] _isGiven;

    /// <param name="module">The module.</param>
    /// <param name="owned">For each callable its captured variables that no nested callable writes.</param>
    public CapturedCells(IrModule module, List<int>[] owned)
    {
        _givenTo = new int[]?[module.Callables.Count];
        _isGiven = new bool[module.Cells.Count];
        var users = Users(module);
        foreach (var owner in module.Callables)
        {
            // Variables of a module are read from outside as well.
            if (owner.Parent < 0 || owned[owner.Id].Count == 0) continue;
            var (stored, made) = Positions(owner);
            foreach (var cell in owned[owner.Id])
            {
                if (users[cell] is not { } inner || inner.Exists(f => made.GetValueOrDefault(f, -1) <= stored.GetValueOrDefault(cell, -1))) continue;
                _isGiven[cell] = true;
                foreach (var f in inner) _givenTo[f] = [.. _givenTo[f] ?? [], cell];
            }
        }
    }

    /// <summary>The variable is handed to functions when they are made, so nothing else needs to see it being written.</summary>
    public bool IsGiven(int cell) => _isGiven[cell];

    /// <summary>Variables of its parent that a callable is given when the parent makes it; where it names itself it makes itself.</summary>
    public ReadOnlySpan<int> GivenTo(int callable, Callable by) => callable == by.Id ? [] : _givenTo[callable];

    // For each variable the functions right inside its owner that read it, or hold one that does.
    private static List<int>?[] Users(IrModule module)
    {
        var users = new List<int>?[module.Cells.Count];
        foreach (var c in module.Callables)
        {
            foreach (ref readonly var x in c.Code.AsSpan())
            {
                if (x.Op != Op.LoadCell || module.Cells[x.A].Owner is var owner && (owner < 0 || owner == c.Id)) continue;
                var f = c;
                while (f.Parent >= 0 && f.Parent != owner) f = module.Callables[f.Parent];
                var list = users[x.A] ??= [];
                if (!list.Contains(f.Id)) list.Add(f.Id);
            }
        }
        return users;
    }

    // Where each variable is written last, and each function made first.
    private static (Dictionary<int, int> Stored, Dictionary<int, int> Made) Positions(Callable owner)
    {
        Dictionary<int, int> stored = [], made = [];
        for (var i = 0; i < owner.Code.Length; i++)
        {
            ref readonly var x = ref owner.Code[i];
            if (x.Op == Op.StoreCell) stored[x.A] = i;
            else if (x.Op is Op.Function or Op.Class && x.A >= 0) made.TryAdd(x.A, i);
        }
        return (stored, made);
    }
}
