using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What running a callable needs, computed once: which slots live across blocks, the order of its blocks, its own captured variables.</summary>
internal sealed class CallableInfo
{
    /// <summary>For each block the slots that are carried into it.</summary>
    public int[][] Live { get; }
    /// <summary>Position of a block in reverse post-order.</summary>
    public int[] Order { get; }
    /// <summary>Captured variables that it owns and that no nested callable writes: their value is known by the flow.</summary>
    public Dictionary<int, int> FlowCells { get; } = [];
    public bool HasNested { get; }
    /// <summary>It writes the entities of markup's characters, each by itself: it encodes a text for HTML, character by character.</summary>
    public bool EncodesHtml { get; }
    /// <summary>Block at a position of <see cref="Order"/>.</summary>
    public int[] BlockAt { get; }
    private readonly AbstractValue?[] _constants;
    private readonly Callable _callable;
    private HashSet<int>? _repeated;

    public CallableInfo(Callable c, IrModule module, ModuleFacts facts)
    {
        _callable = c;
        HasNested = facts.Nested[c.Id] > 0;
        _constants = new AbstractValue?[c.Constants.Length];
        foreach (var cell in facts.OwnedFlowCells[c.Id]) FlowCells[cell] = c.SlotCount + FlowCells.Count;
        EncodesHtml = Writes(c, "&lt;") && (Writes(c, "&quot;") || Writes(c, "&#34;") || Writes(c, "&amp;"));
        Order = ReversePostOrder(c);
        Live = Liveness.Of(c, FindCrossing(c), FlowCells, facts.Captured, Order);
        BlockAt = new int[c.Blocks.Length];
        for (var b = 0; b < BlockAt.Length; b++) if (Order[b] != int.MaxValue) BlockAt[Order[b]] = b;
        _ = module;
    }

    // Not as a pattern, which stands among the constants too: that would be decoding.
    private static bool Writes(Callable c, string text)
    {
        var at = Array.FindIndex(c.Constants, k => k.Value is string s && s == text);
        return at >= 0 && Array.Exists(c.Code, x => x.Op == Op.Const && x.A == at);
    }

    /// <summary>A constant as a value, made once.</summary>
    public AbstractValue Constant(int index) => _constants[index] ??= Interpreter.ConstantValue(_callable.Constants[index]);

    /// <summary>The instruction at a place may run more than once in one run: it is in a loop, as far as the order of blocks tells.</summary>
    public bool Repeats(int start) => (_repeated ??= FindRepeated()).Contains(start);

    private HashSet<int> FindRepeated()
    {
        var repeated = new HashSet<int>();
        var successors = new List<int>();
        for (var last = 0; last < Order.Length; last++)
        {
            if (Order[last] == int.MaxValue) continue;
            successors.Clear();
            _callable.Successors(last, successors);
            foreach (var first in successors)
            {
                // Of a jump back, what lies between.
                for (var at = Order[first]; at <= Order[last]; at++)
                {
                    var block = _callable.Blocks[BlockAt[at]];
                    foreach (ref readonly var x in _callable.Code.AsSpan(block.First, block.Count)) repeated.Add(x.Start);
                }
            }
        }
        return repeated;
    }

    private static int[] FindCrossing(Callable c)
    {
        var block = new int[c.SlotCount];
        Array.Fill(block, -1);
        var crossing = new bool[c.SlotCount];
        var used = new List<int>();
        for (var b = 0; b < c.Blocks.Length; b++)
        {
            for (var i = c.Blocks[b].First; i < c.Blocks[b].First + c.Blocks[b].Count; i++)
            {
                ref readonly var x = ref c.Code[i];
                used.Clear();
                Operands.Read(c, x, used);
                foreach (var s in used)
                {
                    if (block[s] != b) crossing[s] = true;
                }
                if (x.Dst >= 0)
                {
                    if (block[x.Dst] >= 0 && block[x.Dst] != b) crossing[x.Dst] = true;
                    block[x.Dst] = b;
                }
            }
        }
        var count = 0;
        foreach (var yes in crossing) if (yes) count++;
        var slots = new int[count];
        count = 0;
        for (var s = 0; s < crossing.Length; s++) if (crossing[s]) slots[count++] = s;
        return slots;
    }

    private static int[] ReversePostOrder(Callable c)
    {
        var order = new int[c.Blocks.Length];
        Array.Fill(order, int.MaxValue);
        var seen = new bool[c.Blocks.Length];
        var next = c.Blocks.Length;
        var stack = new Stack<(int Block, int Child)>();
        stack.Push((0, 0));
        seen[0] = true;
        var successors = new List<int>();
        while (stack.Count > 0)
        {
            var (b, child) = stack.Pop();
            successors.Clear();
            c.Successors(b, successors);
            if (child < successors.Count)
            {
                stack.Push((b, child + 1));
                var s = successors[child];
                if (!seen[s]) { seen[s] = true; stack.Push((s, 0)); }
            }
            else order[b] = --next;
        }
        return order;
    }
}

/// <summary>What the callables of a module share: who is nested in whom, and which captured variables only their owner writes.</summary>
internal sealed class ModuleFacts
{
    /// <summary>Callables that it holds, at any depth.</summary>
    public int[] Nested { get; }
    public List<int>[] OwnedFlowCells { get; }
    public CapturedCells Captured { get; }
    /// <summary>It sees all its arguments, named or not.</summary>
    public bool[] TakesAll { get; }
    private readonly string?[]?[] _messages;

    public ModuleFacts(IrModule module)
    {
        var count = module.Callables.Count;
        Nested = new int[count];
        TakesAll = new bool[count];
        _messages = new string?[]?[count];
        OwnedFlowCells = new List<int>[count];
        for (var i = 0; i < count; i++) OwnedFlowCells[i] = [];
        var foreign = new bool[module.Cells.Count];
        foreach (var c in module.Callables)
        {
            for (var outer = c.Parent; outer >= 0; outer = module.Callables[outer].Parent) Nested[outer]++;
            TakesAll[c.Id] = c.UsesArguments || c.Parameters.Any(p => p.IsRest);
            foreach (ref readonly var x in c.Code.AsSpan())
            {
                if (x.Op == Op.StoreCell && module.Cells[x.A].Owner != c.Id) foreign[x.A] = true;
            }
        }
        for (var i = 0; i < module.Cells.Count; i++)
        {
            var owner = module.Cells[i].Owner;
            if (!foreign[i] && owner >= 0 && owner < count) OwnedFlowCells[owner].Add(i);
        }
        Captured = new CapturedCells(module, OwnedFlowCells);
    }

    /// <summary>What a history says of a value that is passed as an argument.</summary>
    public string PassedAs(Callable c, int index)
    {
        var messages = _messages[c.Id] ??= new string?[c.Parameters.Count + 1];
        var known = Math.Min(index, c.Parameters.Count);
        return messages[known] ??= $"passed to {(c.Name.Length > 0 ? c.Name : "a function")} as {(known < c.Parameters.Count ? c.Parameters[known].Name : "arguments")}";
    }
}

/// <summary>Which operands of an instruction are slots.</summary>
internal static class Operands
{
    public static void Read(Callable c, in Instruction x, List<int> into)
    {
        switch (x.Op)
        {
            case Op.Const or Op.Param or Op.RestParam or Op.LoadGlobal or Op.LoadCell or Op.Function or Op.Regex or Op.Jump or Op.Unsupported or Op.Choose or Op.SuperProp: break;
            case Op.StoreGlobal or Op.StoreCell or Op.Class: Add(x.B, into); break;
            case Op.GetProp or Op.DeleteProp or Op.CallMethod or Op.Branch or Op.Unary or Op.IterNext: Add(x.A, into); break;
            case Op.SetProp or Op.DefineAccessor: Add(x.A, into); Add(x.C, into); break;
            case Op.Binary: Add(x.A, into); Add(x.B, into); break;
            case Op.Import: Add(x.B, into); break;
            default: Add(x.A, into); Add(x.B, into); Add(x.C, into); break;
        }
        if (x.Op == Op.Choose) return;
        foreach (var a in c.ArgsOf(x)) Add(Callable.SlotOf(a), into);
    }

    private static void Add(int slot, List<int> into)
    {
        if (slot >= 0) into.Add(slot);
    }
}
