using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

/// <summary>Lowers one JavaScript, JSX, TypeScript or TSX tree to IR. Never throws on any tree; what it does not know is counted as Unsupported.</summary>
public sealed partial class JavaScriptLowerer
{
    /// <summary>Deeper subtrees become Unsupported, so that hostile nesting can't end the process.</summary>
    private const int MaxDepth = 300;

    private readonly SyntaxTree _tree;
    private readonly Scopes _scopes;
    private readonly List<Callable?> _callables = [];
    private readonly List<Cell> _cells = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _nameIds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _unsupported = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _functionOfNode = [];
    private readonly List<(string Name, SyntaxNode Local)> _lateExports = [];
    private FunctionBuilder _f = new();
    private Scope _scope;
    private int _id, _depth, _self = -1, _exportTarget = -1;
    private string _path = "";
    private bool _isEsModule;
    private List<Target> _targets = [];

    private JavaScriptLowerer(SyntaxTree tree)
    {
        _tree = tree;
        _scopes = new Scopes(tree);
        _scope = _scopes.Of(tree.Root)!;
    }

    /// <summary>Lowers a tree; [0] of the callables is the module body.</summary>
    public static IrModule Lower(SyntaxTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return new JavaScriptLowerer(tree).Run();
    }

    private IrModule Run()
    {
        var root = _tree.Root;
        _callables.Add(null);
        foreach (var c in root.NamedChildren) _isEsModule |= c.Kind is "import_statement" or "export_statement";
        Body(root);
        foreach (var (name, local) in _lateExports) SetProp(Exports(local), name, Load(local), local, 0);
        _callables[0] = Make(0, "<module>", "<module>", CallableKind.Module, root, -1, [], null);
        return new IrModule(_tree.File, [.. _callables.Select(c => c!)], _cells, _names, _unsupported, _isEsModule);
    }

    private Callable Make(int id, string name, string qualified, CallableKind kind, SyntaxNode n, int parent,
        IReadOnlyList<Parameter> parameters, string? owner)
    {
        var (code, blocks, args, constants, slots) = _f.Finish(n);
        return new Callable
        {
            Id = id, Name = name, QualifiedName = qualified, Kind = kind, File = _tree.File, Span = n.Span, Parent = parent,
            Parameters = parameters, IsAsync = HasToken(n, "async"),
            IsGenerator = n.Kind.StartsWith("generator", StringComparison.Ordinal) || (n.Kind == "method_definition" && HasToken(n, "*")),
            Checks = CheckedParameters.Of(n, parameters), UsesArguments = _f.UsesArguments, ClassName = owner, SlotCount = slots.Length, SlotNames = slots,
            Code = code, Blocks = blocks, Args = args, Constants = constants,
        };
    }

    private static bool HasToken(SyntaxNode n, string token)
    {
        foreach (var c in n.Children)
        {
            if (c.Kind == token) return true;
            if (c.Kind is "statement_block" or "formal_parameters" or "class_body") return false;
        }
        return false;
    }

    private int NameId(string name)
    {
        if (_nameIds.TryGetValue(name, out var id)) return id;
        _names.Add(name);
        return _nameIds[name] = _names.Count - 1;
    }

    private int Op(Op op, SyntaxNode at, int a = -1, int b = -1, int c = -1, InstructionFlags flags = 0, List<int>? args = null)
    {
        var dst = _f.NewSlot();
        Do(op, at, a, b, c, flags, args, dst);
        return dst;
    }

    private void Do(Op op, SyntaxNode at, int a = -1, int b = -1, int c = -1, InstructionFlags flags = 0, List<int>? args = null, int dst = -1)
    {
        var span = args is null ? default : System.Runtime.InteropServices.CollectionsMarshal.AsSpan(args);
        _f.Emit(op, at, dst, a, b, c, flags, span.Length > ushort.MaxValue ? span[..ushort.MaxValue] : span);
    }

    private int Const(object? value, ConstantKind kind, SyntaxNode at) => Op(Ir.Op.Const, at, _f.Constant(new Constant(value, kind)));
    private int Str(string text, SyntaxNode at) => Const(text, ConstantKind.String, at);
    private int Undefined(SyntaxNode at) => Const(null, ConstantKind.Undefined, at);
    private int GetProp(int target, string name, SyntaxNode at, InstructionFlags flags = 0) => Op(Ir.Op.GetProp, at, target, NameId(name), -1, flags);
    private void SetProp(int target, string name, int value, SyntaxNode at, InstructionFlags flags) => Do(Ir.Op.SetProp, at, target, NameId(name), value, flags);
    private void Move(int to, int from, SyntaxNode at) => Do(Ir.Op.Move, at, from, dst: to);
    private int Exports(SyntaxNode at) => _exportTarget >= 0 ? _exportTarget : Op(Ir.Op.ModuleExports, at);

    private int Unknown(SyntaxNode n)
    {
        var kind = n.HasValue ? n.Kind : "missing";
        _unsupported[kind] = _unsupported.GetValueOrDefault(kind) + 1;
        return Op(Ir.Op.Unsupported, n.HasValue ? n : _tree.Root, _f.Constant(new Constant(kind, ConstantKind.String)));
    }

    private bool IsCell(Variable v)
    {
        v.Home ??= _f;
        if (v.Home != _f) v.Captured = true;
        if (!v.Captured)
        {
            if (v.Slot < 0) v.Slot = _f.NewSlot(v.Name);
            return false;
        }
        if (v.Cell < 0)
        {
            var owner = _functionOfNode.GetValueOrDefault(v.Function);
            _cells.Add(new Cell(v.Name, owner, false));
            v.Cell = _cells.Count - 1;
        }
        return true;
    }

    private int Load(SyntaxNode n)
    {
        var name = _scopes.Name(n);
        if (_scope.Find(name) is { } v) return IsCell(v) ? Op(Ir.Op.LoadCell, n, v.Cell) : v.Slot;
        if (name == "undefined") return Undefined(n);
        if (name == "arguments") { _f.UsesArguments = true; return Op(Ir.Op.Arguments, n); }
        return Op(Ir.Op.LoadGlobal, n, NameId(name));
    }

    private void Store(SyntaxNode n, int value)
    {
        var name = _scopes.Name(n);
        if (_scope.Find(name) is not { } v) Do(Ir.Op.StoreGlobal, n, NameId(name), value);
        else if (IsCell(v)) Do(Ir.Op.StoreCell, n, v.Cell, value);
        else Move(v.Slot, value, n);
    }
}
