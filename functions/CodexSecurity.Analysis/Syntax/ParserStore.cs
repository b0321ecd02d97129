using System.Runtime.InteropServices;
using CodexSecurity.Analysis.Text;
using Wasmtime;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>
/// One WebAssembly store with the core and the grammars linked so far; used by one thread at a time. After any trap
/// it must be thrown away: the guest's heap is then in an unknown state.
/// </summary>
internal sealed class ParserStore : IDisposable
{
    /// <summary>Units the core takes at once: its buffer of 10 KiB less the terminator.</summary>
    private const int ChunkUnits = 5119;
    private const int PageSize = 65536;
    private const int MaxPages = 512 * 1024 * 1024 / PageSize;
    private const int StackBytes = 5 * 1024 * 1024;
    private const int StaticBase = 1024;

    private readonly WasmModules _modules;
    private readonly Store _store;
    private readonly Memory _memory;
    private readonly Table _table;
    private readonly Global _stackPointer;
    private readonly Instance _core;
    private readonly int _parser, _input;
    private readonly Func<int, int, int, int, int, int> _parse;
    private readonly Action<int> _reset, _deleteTree;
    private readonly Func<int, int, int> _setLanguage;
    private readonly Dictionary<Grammar, (int Address, LanguageTables Tables)> _languages = [];

    private string _text = "";
    private long _delivered, _deliverLimit;
    private int _steps, _stepLimit;
    private bool _stopped;

    public ParserStore(WasmModules modules)
    {
        _modules = modules;
        var (module, info) = modules.Core;
        _store = new Store(modules.Engine);
        _store.SetLimits(memorySize: (long)MaxPages * PageSize, tableElements: 20_000, instances: 64, tables: 8, memories: 8);
        var heap = Align(StaticBase + info.MemorySize, 16) + StackBytes;
        var needed = module.Imports.OfType<MemoryImport>().Single();
        var table = module.Imports.OfType<TableImport>().Single();
        _memory = new Memory(_store, Math.Max(needed.Minimum, heap / PageSize + 64), MaxPages);
        _table = new Table(_store, TableKind.FuncRef, null, Math.Max(table.Minimum, (uint)info.TableSize + 1), 20_000);
        _stackPointer = new Global(_store, ValueKind.Int32, heap, Mutability.Mutable);
        using var linker = new Linker(modules.Engine);
        LinkEnvironment(linker, StaticBase, 1);
        linker.Define("GOT.mem", "__stack_low", new Global(_store, ValueKind.Int32, heap - StackBytes, Mutability.Mutable));
        linker.Define("GOT.mem", "__stack_high", new Global(_store, ValueKind.Int32, heap, Mutability.Mutable));
        linker.Define("GOT.mem", "__heap_base", new Global(_store, ValueKind.Int32, heap, Mutability.Mutable));
        LinkHost(linker);
        _core = linker.Instantiate(_store, module);
        _core.GetAction("__wasm_apply_data_relocs")?.Invoke();
        _core.GetAction("__wasm_call_ctors")?.Invoke();
        var transfer = Getter("ts_init")();
        _core.GetAction("ts_parser_new_wasm")!();
        (_parser, _input) = (_memory.ReadInt32(transfer), _memory.ReadInt32(transfer + 4));
        _parse = _core.GetFunction<int, int, int, int, int, int>("ts_parser_parse_wasm")!;
        _reset = _core.GetAction<int>("ts_parser_reset")!;
        _deleteTree = _core.GetAction<int>("ts_tree_delete")!;
        _setLanguage = _core.GetFunction<int, int, int>("ts_parser_set_language")!;
    }

    /// <summary>The instance of the core, for tests that walk with its cursor.</summary>
    internal Instance Core => _core;

    internal Memory Memory => _memory;

    /// <summary>Parses a text. Throws <see cref="WasmtimeException"/> and its kin where the guest fails.</summary>
    public ParseResult Parse(SourceFile file, Grammar grammar, ParseLimits limits, Action<int>? inspect = null)
    {
        var (address, tables) = Language(grammar);
        _setLanguage(_parser, address);
        var length = file.Text.Length;
        _text = file.Text;
        (_delivered, _deliverLimit) = (0, (long)length * limits.CharsPerChar + 4_000_000);
        (_steps, _stepLimit) = (0, (int)Math.Min(int.MaxValue, (long)length * limits.StepsPerKiloChar / 1024 + 2_000));
        _stopped = false;
        var tree = _parse(_parser, _input, 0, 0, 0);
        _text = "";
        if (tree == 0 || _stopped)
        {
            if (tree != 0) _deleteTree(tree);
            _reset(_parser);
            return ParseResult.Fail(ParseFailure.StepLimit, "the parser's step budget ran out");
        }
        var flat = GuestTreeReader.Read(_memory, tree, tables, limits.MaxNodes, length, out var count, out var errors);
        inspect?.Invoke(tree);
        _deleteTree(tree);
        return flat is null
            ? ParseResult.Fail(ParseFailure.NodeLimit, $"the tree has more than {limits.MaxNodes} nodes")
            : new ParseResult(new SyntaxTree(file, tables.Symbols, flat, count, errors), ParseFailure.None, "");
    }

    public void Dispose() => _store.Dispose();

    private (int Address, LanguageTables Tables) Language(Grammar grammar)
    {
        if (_languages.TryGetValue(grammar, out var known)) return known;
        var (module, info, entry) = _modules.Language(grammar);
        var raw = Allocator("malloc")(info.MemorySize + info.MemoryAlign);
        var memoryBase = Align(raw, info.MemoryAlign);
        _memory.GetSpan(memoryBase, info.MemorySize).Clear();
        var tableBase = (int)_table.Grow((uint)info.TableSize, null);
        using var linker = new Linker(_modules.Engine);
        LinkEnvironment(linker, memoryBase, tableBase);
        foreach (var import in module.Imports.OfType<FunctionImport>())
        {
            if (_core.GetFunction(import.Name) is { } provided) linker.Define(import.ModuleName, import.Name, provided);
            else if (import.Name == "__assert_fail") linker.Define("env", "__assert_fail", Function.FromCallback(_store, (int _, int _, int _, int _) => throw new InvalidOperationException("assertion in a grammar")));
        }
        var instance = linker.Instantiate(_store, module);
        instance.GetAction("__wasm_apply_data_relocs")?.Invoke();
        instance.GetAction("__wasm_call_ctors")?.Invoke();
        var address = instance.GetFunction<int>(entry)!();
        return _languages[grammar] = (address, LanguageTables.Read(grammar, _memory, _core, address));
    }

    private void LinkEnvironment(Linker linker, int memoryBase, int tableBase)
    {
        linker.Define("env", "memory", _memory);
        linker.Define("env", "__indirect_function_table", _table);
        linker.Define("env", "__stack_pointer", _stackPointer);
        linker.Define("env", "__memory_base", new Global(_store, ValueKind.Int32, memoryBase, Mutability.Immutable));
        linker.Define("env", "__table_base", new Global(_store, ValueKind.Int32, tableBase, Mutability.Immutable));
    }

    private void LinkHost(Linker linker)
    {
        void Host(string module, string name, Function function) => linker.Define(module, name, function);
        Host("env", "_abort_js", Function.FromCallback(_store, () => throw new InvalidOperationException("the parser aborted")));
        Host("env", "emscripten_resize_heap", Function.FromCallback(_store, (int size) => Resize(size)));
        Host("env", "tree_sitter_log_callback", Function.FromCallback(_store, (int _, int _) => { }));
        Host("env", "tree_sitter_query_progress_callback", Function.FromCallback(_store, (int _) => 0));
        Host("env", "tree_sitter_progress_callback", Function.FromCallback(_store, (int _, int _) => Progress()));
        Host("env", "tree_sitter_parse_callback", Function.FromCallback(_store, (int buffer, int index, int _, int _, int lengthAt) => Deliver(buffer, index, lengthAt)));
        // Output of the guest goes nowhere: it could only be a message about its own failure.
        Host("wasi_snapshot_preview1", "fd_write", Function.FromCallback(_store, (int _, int _, int _, int _) => 0));
        Host("wasi_snapshot_preview1", "fd_close", Function.FromCallback(_store, (int _) => 0));
        Host("wasi_snapshot_preview1", "fd_seek", Function.FromCallback(_store, (int _, long _, int _, int _) => 0));
    }

    private int Resize(int requested)
    {
        var pages = ((uint)requested + PageSize - 1) / PageSize;
        var grow = pages - _memory.GetSize();
        if (pages > MaxPages) return 0;
        if (grow <= 0) return 1;
        // Doubling up to 16 MiB at a time keeps the number of calls small.
        var step = Math.Min(Math.Max(grow, Math.Min(_memory.GetSize(), 256)), MaxPages - _memory.GetSize());
        return _memory.Grow(step) >= 0 ? 1 : 0;
    }

    private int Progress() => _stopped || ++_steps > _stepLimit ? (_stopped = true, 1).Item2 : 0;

    private void Deliver(int buffer, int index, int lengthAt)
    {
        var count = index < 0 || index >= _text.Length ? 0 : Math.Min(ChunkUnits, _text.Length - index);
        _delivered += count;
        if (_delivered > _deliverLimit)
        {
            _stopped = true;
            count = 0;
        }
        if (count > 0) MemoryMarshal.AsBytes(_text.AsSpan(index, count)).CopyTo(_memory.GetSpan(buffer, count * 2));
        _memory.WriteInt32(lengthAt, count);
    }

    private static int Align(int value, int to) => (value + to - 1) / to * to;

    private Func<int> Getter(string name) => _core.GetFunction<int>(name) ?? throw Missing(name);

    private Func<int, int> Allocator(string name) => _core.GetFunction<int, int>(name) ?? throw Missing(name);

    private static InvalidOperationException Missing(string name) => new($"The parser core exports no {name}.");
}
