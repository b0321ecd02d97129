using System.Collections.Concurrent;
using CodexSecurity.Analysis.Text;
using Wasmtime;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>Parses source text. Safe for many threads at once: each parse rents a store of its own.</summary>
public sealed class ParserPool : IDisposable
{
    private static readonly Lazy<ParserPool> s_shared = new(() => new ParserPool(Compiled));
    private readonly WasmModules _modules;
    private readonly ConcurrentBag<ParserStore> _stores = [];

    /// <summary>A pool of its own, which compiles what it needs.</summary>
    public ParserPool() : this(null) { }

    private ParserPool(ICompiledModules? compiled) => _modules = new WasmModules(compiled);

    /// <summary>A pool of its own that keeps compiled parsers somewhere.</summary>
    public static ParserPool Over(ICompiledModules compiled) => new(compiled);

    /// <summary>Where the shared pool keeps compiled parsers; set by a host before the first parse.</summary>
    public static ICompiledModules? Compiled { get; set; }

    /// <summary>The one of the process: grammars are compiled once. Not to be disposed.</summary>
    public static ParserPool Shared => s_shared.Value;

    /// <summary>
    /// Parses a file. Never throws for what the text holds: what hits a limit or makes the guest fail comes back as a
    /// failure, and the store that it happened in is thrown away.
    /// </summary>
    public ParseResult Parse(SourceFile file, Grammar grammar, ParseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        limits ??= ParseLimits.Default;
        if (file.Text.Length > limits.MaxChars) return ParseResult.Fail(ParseFailure.TooLarge, $"longer than {limits.MaxChars} characters");
        var store = _stores.TryTake(out var idle) ? idle : new ParserStore(_modules);
        try
        {
            var result = store.Parse(file, grammar, limits);
            _stores.Add(store);
            return result;
        }
        catch (Exception problem) when (problem is WasmtimeException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            store.Dispose();
            var memory = problem.Message.Contains("memory", StringComparison.OrdinalIgnoreCase) || problem.Message.Contains("abort", StringComparison.Ordinal);
            return ParseResult.Fail(memory ? ParseFailure.MemoryLimit : ParseFailure.Trap, "the parser failed inside its WebAssembly sandbox");
        }
    }

    /// <summary>Compiles a grammar ahead of its first use.</summary>
    public void Prepare(Grammar grammar) => Parse(new SourceFile("", ""), grammar);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_stores.TryTake(out var store)) store.Dispose();
        _modules.Dispose();
    }
}
