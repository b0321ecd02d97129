using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Ir;

/// <summary>What kind of code a callable is.</summary>
public enum CallableKind : byte { Module, Function, Arrow, Method, Getter, Setter, Constructor, StaticBlock }

/// <summary>A constant: string, double, bool, or one of the two markers.</summary>
/// <param name="Value">string, double, bool, BigInteger literal text as string, or null for null / undefined.</param>
/// <param name="Kind">Which of them.</param>
public readonly record struct Constant(object? Value, ConstantKind Kind);

/// <summary>Kinds of constants.</summary>
public enum ConstantKind : byte { Undefined, Null, Boolean, Number, BigInt, String }

/// <summary>A formal parameter.</summary>
/// <param name="Name">Its name, or "{...}" / "[...]" for a pattern.</param>
/// <param name="TypeName">Written type ("Request", "string", "string[]"), or null.</param>
/// <param name="IsRest">Takes the remaining arguments.</param>
/// <param name="HasDefault">Has a default value.</param>
public sealed record Parameter(string Name, string? TypeName, bool IsRest, bool HasDefault);

/// <summary>A parameter that a function throws over unless it is truthy, or falsy.</summary>
/// <param name="Index">Which.</param>
/// <param name="Holds">It is truthy where the function returns; else falsy.</param>
public readonly record struct CheckedParameter(int Index, bool Holds);

/// <summary>One function, method or module body in IR form. Immutable once lowered.</summary>
public sealed class Callable
{
    /// <summary>Index in <see cref="IrModule.Callables"/>.</summary>
    public required int Id { get; init; }
    /// <summary>Simple name; for an anonymous function the name of what it is assigned to, else "".</summary>
    public required string Name { get; init; }
    /// <summary>Name with its enclosing classes and functions, without file or line ("Server.handle.&lt;anonymous#2&gt;"). Module: "&lt;module&gt;".</summary>
    public required string QualifiedName { get; init; }
    public required CallableKind Kind { get; init; }
    public required SourceFile File { get; init; }
    /// <summary>The whole callable's text.</summary>
    public required Span Span { get; init; }
    /// <summary>Enclosing callable's id, or -1.</summary>
    public required int Parent { get; init; }
    public required IReadOnlyList<Parameter> Parameters { get; init; }
    public bool IsAsync { get; init; }
    public bool IsGenerator { get; init; }
    /// <summary>Uses its own <c>arguments</c> object.</summary>
    public bool UsesArguments { get; init; }
    /// <summary>Parameters that it throws over.</summary>
    public IReadOnlyList<CheckedParameter> Checks { get; init; } = [];
    /// <summary>Class that a method belongs to, or null.</summary>
    public string? ClassName { get; init; }
    /// <summary>Number of slots.</summary>
    public required int SlotCount { get; init; }
    /// <summary>Names of slots that are source variables (slot → name), for messages; null for temporaries.</summary>
    public required string?[] SlotNames { get; init; }
    public required Instruction[] Code { get; init; }
    /// <summary>Block 0 is the entry.</summary>
    public required Block[] Blocks { get; init; }
    /// <summary>Argument slots of all instructions; ~slot marks a spread argument.</summary>
    public required int[] Args { get; init; }
    public required Constant[] Constants { get; init; }

    /// <summary>The arguments of an instruction; use <see cref="IsSpread"/> and <see cref="SlotOf"/> on each.</summary>
    public ReadOnlySpan<int> ArgsOf(in Instruction instruction) => Args.AsSpan(instruction.ArgStart, instruction.ArgCount);

    /// <summary>True where an argument is spread (<c>...x</c>).</summary>
    public static bool IsSpread(int argument) => argument < 0;

    /// <summary>The slot of an argument, spread or not.</summary>
    public static int SlotOf(int argument) => argument < 0 ? ~argument : argument;

    /// <summary>Adds the blocks that may follow a block, its handler first.</summary>
    public void Successors(int block, List<int> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var b = Blocks[block];
        if (b.Handler >= 0) into.Add(b.Handler);
        ref readonly var x = ref Code[b.First + b.Count - 1];
        switch (x.Op)
        {
            case Op.Jump: into.Add(x.A); break;
            case Op.Branch: into.Add(x.C); into.Add(x.B); break;
            case Op.Choose: foreach (var a in ArgsOf(x)) into.Add(a); break;
            default: break;
        }
    }
}
