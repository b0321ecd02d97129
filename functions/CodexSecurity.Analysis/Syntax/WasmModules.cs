using System.Collections.Concurrent;
using Module = Wasmtime.Module;
using System.Security.Cryptography;
using Wasmtime;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>Compiled core and grammars, shared by all stores of a process. Each is compiled on first use.</summary>
internal sealed class WasmModules : IDisposable
{
    private sealed record Binary(string Resource, string Sha256, string Entry);

    private readonly ConcurrentDictionary<string, Lazy<(Module Module, DylinkInfo Info)>> _compiled = new(StringComparer.Ordinal);

    // What compiled code depends on beside the module: the compiler and the settings below.
    private static readonly string s_compiler = $"{typeof(Engine).Assembly.GetName().Version}-speed-{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();
    private readonly ICompiledModules? _kept;

    public WasmModules(ICompiledModules? kept = null)
    {
        // A speed-optimised compile is worth it: parsing dominates, compiling costs tens of milliseconds once.
        _kept = kept;
        Engine = new Engine(new Config().WithOptimizationLevel(OptimizationLevel.Speed).WithMaximumStackSize(1024 * 1024));
    }

    public Engine Engine { get; }

    /// <summary>The parser core.</summary>
    public (Module Module, DylinkInfo Info) Core => Load(new("web-tree-sitter.wasm", WasmDigests.Core, ""));

    /// <summary>A grammar and the name of its language function.</summary>
    public (Module Module, DylinkInfo Info, string Entry) Language(Grammar grammar)
    {
        var binary = grammar switch
        {
            Grammar.JavaScript => new Binary("tree-sitter-javascript.wasm", WasmDigests.JavaScript, "tree_sitter_javascript"),
            Grammar.TypeScript => new("tree-sitter-typescript.wasm", WasmDigests.TypeScript, "tree_sitter_typescript"),
            Grammar.Tsx => new("tree-sitter-tsx.wasm", WasmDigests.Tsx, "tree_sitter_tsx"),
            Grammar.Python => new("tree-sitter-python.wasm", WasmDigests.Python, "tree_sitter_python"),
            Grammar.Java => new("tree-sitter-java.wasm", WasmDigests.Java, "tree_sitter_java"),
            Grammar.Go => new("tree-sitter-go.wasm", WasmDigests.Go, "tree_sitter_go"),
            Grammar.Php => new("tree-sitter-php.wasm", WasmDigests.Php, "tree_sitter_php"),
            Grammar.Ruby => new("tree-sitter-ruby.wasm", WasmDigests.Ruby, "tree_sitter_ruby"),
            Grammar.C => new("tree-sitter-c.wasm", WasmDigests.C, "tree_sitter_c"),
            Grammar.Cpp => new("tree-sitter-cpp.wasm", WasmDigests.Cpp, "tree_sitter_cpp"),
            Grammar.CSharp => new("tree-sitter-c-sharp.wasm", WasmDigests.CSharp, "tree_sitter_c_sharp"),
            _ => throw new ArgumentOutOfRangeException(nameof(grammar)),
        };
        var (module, info) = Load(binary);
        return (module, info, binary.Entry);
    }

    public void Dispose()
    {
        foreach (var lazy in _compiled.Values)
        {
            if (lazy.IsValueCreated) lazy.Value.Module.Dispose();
        }
        Engine.Dispose();
    }

    private (Module Module, DylinkInfo Info) Load(Binary binary) => _compiled.GetOrAdd(binary.Resource, _ => new(() =>
    {
        using var stream = typeof(WasmModules).Assembly.GetManifestResourceStream("grammars/" + binary.Resource)
            ?? throw new InvalidOperationException($"The grammar {binary.Resource} is not part of this build; build again with npm on the PATH.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (digest != binary.Sha256) throw new InvalidOperationException($"The grammar {binary.Resource} is not the pinned one (SHA-256 {digest}).");
        return (Compile(binary, bytes), DylinkInfo.Read(bytes));
    })).Value;

    private Module Compile(Binary binary, byte[] bytes)
    {
        if (_kept is null) return Module.FromBytes(Engine, binary.Resource, bytes);
        var key = $"{binary.Sha256}-{s_compiler}";
        if (_kept.Find(key) is { } ready)
        {
            try { return Module.Deserialize(Engine, binary.Resource, ready); }
            catch (WasmtimeException) { /* of another processor, or cut: compiled anew and replaced */ }
        }
        var module = Module.FromBytes(Engine, binary.Resource, bytes);
        _kept.Keep(key, module.Serialize());
        return module;
    }
}

/// <summary>What a WebAssembly side module needs of its host: the first entry of its dylink.0 section.</summary>
internal readonly record struct DylinkInfo(int MemorySize, int MemoryAlign, int TableSize)
{
    /// <summary>Reads the section, which must be the module's first (WebAssembly tool conventions, "Dynamic Linking").</summary>
    public static DylinkInfo Read(ReadOnlySpan<byte> module)
    {
        var at = 8;
        if (module.Length < 10 || module[at++] != 0) throw new InvalidOperationException("The grammar has no dylink.0 section.");
        _ = Number(module, ref at);
        var name = Number(module, ref at);
        at += name;
        while (true)
        {
            var type = module[at++];
            var size = Number(module, ref at);
            if (type != 1)
            {
                at += size;
                continue;
            }
            var memory = Number(module, ref at);
            var align = Number(module, ref at);
            return new DylinkInfo(memory, 1 << align, Number(module, ref at));
        }
    }

    private static int Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        int value = 0, shift = 0;
        while (true)
        {
            var part = bytes[at++];
            value |= (part & 0x7F) << shift;
            if ((part & 0x80) == 0) return value;
            shift += 7;
        }
    }
}
