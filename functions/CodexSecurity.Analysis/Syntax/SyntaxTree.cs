using System.Runtime.InteropServices;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>One entry of the flat pre-order table: 28 bytes with padding.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlatNode
{
    public ushort Kind;
    public ushort Field;
    public NodeFlags Flags;
    public int Start;
    public int End;
    public int Parent;
    /// <summary>Index of the next sibling; 0 for none (the root is nobody's sibling).</summary>
    public int Next;
    /// <summary>Number of nodes in the subtree, itself included.</summary>
    public int Size;
}

/// <summary>Facts about a node.</summary>
[Flags]
internal enum NodeFlags : byte { None = 0, Named = 1, Extra = 2, Missing = 4, Error = 8 }

/// <summary>A concrete syntax tree as a flat table in pre-order; spans are UTF-16 offsets. Immutable.</summary>
public sealed class SyntaxTree
{
    internal readonly FlatNode[] Nodes;

    internal SyntaxTree(SourceFile file, GrammarSymbols symbols, FlatNode[] nodes, int count, int errors)
    {
        (File, Symbols, Nodes, Count, ErrorCount) = (file, symbols, nodes, count, errors);
    }

    /// <summary>The text.</summary>
    public SourceFile File { get; }

    /// <summary>Names of kinds and fields.</summary>
    public GrammarSymbols Symbols { get; }

    /// <summary>The grammar.</summary>
    public Grammar Grammar => Symbols.Grammar;

    /// <summary>Number of nodes, at least 1.</summary>
    public int Count { get; }

    /// <summary>Number of error and missing nodes.</summary>
    public int ErrorCount { get; }

    /// <summary>True where the text does not follow the grammar somewhere.</summary>
    public bool HasErrors => ErrorCount > 0;

    /// <summary>The root node.</summary>
    public SyntaxNode Root => new(this, 0);

    /// <summary>The node at an index of the pre-order table.</summary>
    public SyntaxNode this[int index] => new(this, index);
}
