using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Ir;

/// <summary>A captured variable: it lives in the heap, since a nested callable reads or writes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Id of the callable that declares it.</param>
/// <param name="IsConstant">Assigned once, by its declaration.</param>
public readonly record struct Cell(string Name, int Owner, bool IsConstant);

/// <summary>One lowered file.</summary>
/// <param name="File">The source.</param>
/// <param name="Callables">Its callables; ids, parents and Function operands are indexes into this list; [0] is the module body.</param>
/// <param name="Cells">Its captured variables.</param>
/// <param name="Names">Property and global names; name operands are indexes into this list.</param>
/// <param name="Unsupported">Constructs that could not be lowered, by syntax kind.</param>
/// <param name="IsEsModule">Has import or export declarations.</param>
public sealed record IrModule(
    SourceFile File,
    IReadOnlyList<Callable> Callables,
    IReadOnlyList<Cell> Cells,
    IReadOnlyList<string> Names,
    IReadOnlyDictionary<string, int> Unsupported,
    bool IsEsModule);
