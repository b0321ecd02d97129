using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Matching;

/// <summary>A value of a callable: the slot that holds it.</summary>
internal readonly record struct Use(Callable In, int Slot);

/// <summary>
/// Looks backwards in one file: which constant, API or literal object a slot holds. A variable that is assigned once counts as what
/// it is assigned, a captured one too; everything else is unknown. No values flow between callables.
/// </summary>
internal sealed class IrView
{
    private const int MaxSteps = 24;
    private readonly Dictionary<Callable, int[]> _definitions = [];
    private readonly Use?[] _cells;

    public IrView(IrModule module)
    {
        Module = module;
        _cells = new Use?[module.Cells.Count];
        var writes = new int[module.Cells.Count];
        foreach (var c in module.Callables)
        {
            foreach (ref readonly var x in c.Code.AsSpan())
            {
                if (x.Op != Op.StoreCell) continue;
                // Declarations without a value are no second definition.
                if (Definition(c, x.B) is { } d && c.Code[d].Op == Op.Const && c.Constants[c.Code[d].A].Kind == ConstantKind.Undefined) continue;
                writes[x.A]++;
                _cells[x.A] = new Use(c, x.B);
            }
        }
        for (var i = 0; i < writes.Length; i++) if (writes[i] != 1) _cells[i] = null;
    }

    public IrModule Module { get; }

    /// <summary>Index of the only instruction that writes a slot; null where there are several or none.</summary>
    public int? Definition(Callable c, int slot)
    {
        if (slot < 0) return null;
        if (!_definitions.TryGetValue(c, out var all))
        {
            _definitions[c] = all = new int[c.SlotCount];
            Array.Fill(all, -1);
            for (var i = 0; i < c.Code.Length; i++)
            {
                var dst = c.Code[i].Dst;
                if (dst < 0) continue;
                var hoisted = all[dst] >= 0 && c.Code[all[dst]].Op == Op.Const && c.Constants[c.Code[all[dst]].A].Kind == ConstantKind.Undefined;
                all[dst] = all[dst] == -1 || hoisted ? i : -2;
            }
        }
        return all[slot] >= 0 ? all[slot] : null;
    }

    /// <summary>The instruction that made the value, behind moves and captured variables.</summary>
    public (Callable In, int Index)? Origin(Use use)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (Definition(use.In, use.Slot) is not { } at) return null;
            ref readonly var x = ref use.In.Code[at];
            if (x.Op == Op.Move || x.Op == Op.Await) use = use with { Slot = x.A };
            else if (x.Op == Op.LoadCell && _cells[x.A] is { } stored) use = stored;
            else return (use.In, at);
        }
        return null;
    }

    /// <summary>The constant that a value is, or null.</summary>
    public Constant? ConstantOf(Use use)
    {
        if (Origin(use) is not { } o) return null;
        ref readonly var x = ref o.In.Code[o.Index];
        if (x.Op == Op.Const) return o.In.Constants[x.A];
        // A template without holes.
        if (x.Op == Op.Concat && x.ArgCount == 1) return ConstantOf(new Use(o.In, Callable.SlotOf(o.In.ArgsOf(x)[0])));
        if (x.Op == Op.Unary && (UnaryOp)x.C == UnaryOp.Not && ConstantOf(new Use(o.In, x.A)) is { Kind: ConstantKind.Number, Value: double n }) return new Constant(n == 0, ConstantKind.Boolean);
        return null;
    }

    public string? Text(Use use) => ConstantOf(use) is { Kind: ConstantKind.String, Value: string s } ? s : null;

    public bool IsFalse(Use use) => ConstantOf(use) is { Kind: ConstantKind.Boolean, Value: false };

    public bool IsTrue(Use use) => ConstantOf(use) is { Kind: ConstantKind.Boolean, Value: true };

    /// <summary>API path of a value as the models write it ("crypto.createHash()"), or null.</summary>
    public string? Path(Use use, int depth = 0)
    {
        if (depth > MaxSteps || Origin(use) is not { } o) return null;
        var c = o.In;
        ref readonly var x = ref c.Code[o.Index];
        switch (x.Op)
        {
            case Op.LoadGlobal: return Module.Names[x.A];
            case Op.Import when x.A >= 0: return Clean(c.Constants[x.A].Value as string);
            case Op.GetProp: return Path(new Use(c, x.A), depth + 1) is { } of ? Member(of, Module.Names[x.B]) : null;
            case Op.Call: return CalleePath(c, x, depth) is { } callee ? callee == "require" && x.ArgCount > 0 ? Clean(Text(Argument(c, x, 0))) : callee + "()" : null;
            case Op.CallMethod: return Path(new Use(c, x.A), depth + 1) is { } target ? Member(target, Module.Names[x.B]) + "()" : null;
            case Op.New: return Path(new Use(c, x.A), depth + 1) is { } type ? "new " + type : null;
            default: return null;
        }
    }

    private string? CalleePath(Callable c, in Instruction x, int depth) => Path(new Use(c, x.A), depth + 1);

    /// <summary>API path of what a call calls ("crypto.createHash", "new Client"), or null.</summary>
    public string? Called(Callable c, in Instruction x) => x.Op switch
    {
        Op.Call => Path(new Use(c, x.A)),
        Op.CallMethod => Path(new Use(c, x.A)) is { } target ? Member(target, Module.Names[x.B]) : null,
        Op.New => Path(new Use(c, x.A)) is { } type ? "new " + type : null,
        _ => null,
    };

    private static string Member(string of, string name) => name == "default" ? of : of + "." + name;

    private static string? Clean(string? specifier) => specifier is not null && specifier.StartsWith("node:", StringComparison.Ordinal) ? specifier[5..] : specifier;

    public static Use Argument(Callable c, in Instruction x, int index) => new(c, index < x.ArgCount ? Callable.SlotOf(c.ArgsOf(x)[index]) : -1);

    /// <summary>The fields of an object literal with their values; null where the value is no literal of this callable.</summary>
    public Dictionary<string, Use>? Fields(Use use)
    {
        if (Origin(use) is not { } o || o.In.Code[o.Index].Op != Op.NewObject) return null;
        var slot = o.In.Code[o.Index].Dst;
        var fields = new Dictionary<string, Use>(StringComparer.Ordinal);
        foreach (ref readonly var x in o.In.Code.AsSpan())
        {
            if (x.Op == Op.SetProp && x.A == slot) fields[Module.Names[x.B]] = new Use(o.In, x.C);
            // Spread: what else is in there is not known.
            else if (x.Op == Op.CopyProps && x.A == slot) return null;
        }
        return fields;
    }

    /// <summary>What a person would call a value: the variable, parameter or property it is read from; "" where none.</summary>
    public string NameOf(Use use)
    {
        if (use.Slot < 0) return "";
        if (use.In.SlotNames[use.Slot] is { } own) return own;
        if (Definition(use.In, use.Slot) is not { } at) return "";
        ref readonly var x = ref use.In.Code[at];
        return x.Op switch
        {
            Op.GetProp => Module.Names[x.B],
            Op.LoadCell => Module.Cells[x.A].Name,
            Op.LoadGlobal => Module.Names[x.A],
            Op.Param => x.A < use.In.Parameters.Count ? use.In.Parameters[x.A].Name : "",
            Op.Move => NameOf(use with { Slot = x.A }),
            _ => "",
        };
    }
}
