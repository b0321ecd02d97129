using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

/// <summary>Collects the code of one callable. Code behind a terminator is dropped, so every block kept is reachable.</summary>
internal sealed class FunctionBuilder
{
    private readonly List<Instruction> _code = [];
    private readonly List<(int First, int Count, int Handler, bool Used)> _blocks = [];
    private readonly List<int> _args = [];
    private readonly List<Constant> _constants = [];
    private readonly Dictionary<Constant, int> _constantIds = [];
    private readonly List<string?> _slots = [];
    private readonly Dictionary<string, int> _unnamed = [];
    private int _current;

    public FunctionBuilder()
    {
        NewBlock();
        _blocks[0] = (0, 0, -1, true);
    }

    public int Handler { get; set; } = -1;
    public int FinallyCopies { get; set; }

    /// <summary>How many functions without a name of this description are in the callable, with this one.</summary>
    public int CountUnnamed(string description) => _unnamed[description] = _unnamed.GetValueOrDefault(description) + 1;

    public bool UsesArguments { get; set; }
    public bool Dead => _current < 0;

    public int NewSlot(string? name = null)
    {
        _slots.Add(name);
        return _slots.Count - 1;
    }

    public int NewBlock()
    {
        _blocks.Add((-1, 0, -1, false));
        return _blocks.Count - 1;
    }

    public int Constant(Constant value)
    {
        if (_constantIds.TryGetValue(value, out var id)) return id;
        _constants.Add(value);
        return _constantIds[value] = _constants.Count - 1;
    }

    public void Start(int block, SyntaxNode at)
    {
        if (_current >= 0) Jump(block, at);
        var b = _blocks[block];
        if (!b.Used) return;
        _blocks[block] = (_code.Count, 0, Handler, true);
        if (Handler >= 0) Use(Handler);
        _current = block;
    }

    public void Emit(Op op, SyntaxNode at, int dst, int a, int b, int c, InstructionFlags flags, ReadOnlySpan<int> args)
    {
        if (_current < 0) return;
        var start = _args.Count;
        _args.AddRange(args);
        foreach (var x in args)
        {
            if (x < 0 && op != Op.Choose) flags |= InstructionFlags.HasSpread;
        }
        _code.Add(new Instruction(op, flags, dst, a, b, c, start, (ushort)args.Length, at.Start, at.End));
    }

    public void Jump(int block, SyntaxNode at) => End(Op.Jump, at, block, -1, -1, 0, []);
    public void Branch(int slot, int yes, int no, SyntaxNode at, InstructionFlags flags = 0) => End(Op.Branch, at, slot, yes, no, flags, []);
    public void Choose(int one, int two, SyntaxNode at) => End(Op.Choose, at, -1, -1, -1, 0, [one, two]);
    public void Return(int slot, SyntaxNode at) => End(Op.Return, at, slot, -1, -1, 0, []);
    public void Throw(int slot, SyntaxNode at) => End(Op.Throw, at, slot, -1, -1, 0, []);

    public void Use(int block)
    {
        var b = _blocks[block];
        _blocks[block] = (b.First, b.Count, b.Handler, true);
    }

    private void End(Op op, SyntaxNode at, int a, int b, int c, InstructionFlags flags, ReadOnlySpan<int> args)
    {
        if (_current < 0) return;
        Emit(op, at, -1, a, b, c, flags, args);
        if (op == Op.Jump) Use(a);
        if (op == Op.Branch) { Use(b); Use(c); }
        foreach (var x in args) Use(x);
        var k = _blocks[_current];
        _blocks[_current] = (k.First, _code.Count - k.First, k.Handler, true);
        _current = -1;
    }

    /// <summary>The finished tables; blocks that nothing reaches are left out and the rest renumbered.</summary>
    public (Instruction[] Code, Block[] Blocks, int[] Args, Constant[] Constants, string?[] Slots) Finish(SyntaxNode at)
    {
        Return(-1, at);
        var map = new int[_blocks.Count];
        var blocks = new List<Block>(_blocks.Count);
        for (var i = 0; i < map.Length; i++)
        {
            map[i] = _blocks[i].Count > 0 ? blocks.Count : -1;
            if (map[i] >= 0) blocks.Add(new Block(_blocks[i].First, _blocks[i].Count, _blocks[i].Handler));
        }
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Handler >= 0) blocks[i] = blocks[i] with { Handler = map[blocks[i].Handler] };
        }
        var code = _code.ToArray();
        var args = _args.ToArray();
        for (var i = 0; i < code.Length; i++)
        {
            ref var x = ref code[i];
            if (x.Op == Op.Jump) x = x with { A = map[x.A] };
            else if (x.Op == Op.Branch) x = x with { B = map[x.B], C = map[x.C] };
            else if (x.Op == Op.Choose) for (var j = 0; j < x.ArgCount; j++) args[x.ArgStart + j] = map[args[x.ArgStart + j]];
        }
        return (code, [.. blocks], args, [.. _constants], [.. _slots]);
    }
}
