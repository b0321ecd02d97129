using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>A node of a <see cref="SyntaxTree"/>: a tree and an index. The default value means "no node".</summary>
public readonly struct SyntaxNode : IEquatable<SyntaxNode>
{
    private readonly SyntaxTree? _tree;

    internal SyntaxNode(SyntaxTree tree, int index) => (_tree, Index) = (tree, index);

    /// <summary>Index in pre-order.</summary>
    public int Index { get; }

    /// <summary>False for "no node".</summary>
    public bool HasValue => _tree is not null;

    /// <summary>The tree; only for a node that has a value.</summary>
    public SyntaxTree Tree => _tree!;

    private ref readonly FlatNode Data => ref _tree!.Nodes[Index];

    /// <summary>Kind name of the grammar; "" for no node, "ERROR" for an error.</summary>
    public string Kind => _tree is null ? "" : _tree.Symbols.KindName(Data.Kind);

    /// <summary>Kind id of the grammar.</summary>
    public ushort KindId => Data.Kind;

    /// <summary>Field id in its parent; 0 for none.</summary>
    public ushort FieldId => Data.Field;

    /// <summary>Field name in its parent, or null.</summary>
    public string? FieldName => _tree!.Symbols.FieldName(Data.Field);

    /// <summary>Named, not punctuation.</summary>
    public bool IsNamed => (Data.Flags & NodeFlags.Named) != 0;

    /// <summary>May stand anywhere, such as a comment.</summary>
    public bool IsExtra => (Data.Flags & NodeFlags.Extra) != 0;

    /// <summary>Inserted by error recovery.</summary>
    public bool IsMissing => (Data.Flags & NodeFlags.Missing) != 0;

    /// <summary>Text that does not follow the grammar.</summary>
    public bool IsError => (Data.Flags & NodeFlags.Error) != 0;

    /// <summary>First offset.</summary>
    public int Start => Data.Start;

    /// <summary>Offset behind it.</summary>
    public int End => Data.End;

    /// <summary>Its range.</summary>
    public Span Span => new(Data.Start, Data.End);

    /// <summary>Its text; allocates.</summary>
    public string Text => _tree is null ? "" : _tree.File.Text.Substring(Data.Start, Data.End - Data.Start);

    /// <summary>Its text without a copy.</summary>
    public ReadOnlySpan<char> TextSpan => _tree is null ? default : _tree.File.Text.AsSpan(Data.Start, Data.End - Data.Start);

    /// <summary>Number of nodes of the subtree, itself included.</summary>
    public int SubtreeSize => Data.Size;

    /// <summary>The parent; no node for the root.</summary>
    public SyntaxNode Parent => _tree is null || Index == 0 ? default : new(_tree, Data.Parent);

    /// <summary>The next sibling, punctuation included.</summary>
    public SyntaxNode NextSibling => _tree is null || Data.Next == 0 ? default : new(_tree, Data.Next);

    /// <summary>The next named sibling.</summary>
    public SyntaxNode NextNamedSibling
    {
        get
        {
            var node = NextSibling;
            while (node.HasValue && !node.IsNamed) node = node.NextSibling;
            return node;
        }
    }

    /// <summary>All children in order.</summary>
    public ChildList Children => new(this, named: false);

    /// <summary>The named children in order.</summary>
    public ChildList NamedChildren => new(this, named: true);

    /// <summary>The first child; no node for a leaf.</summary>
    public SyntaxNode FirstChild => _tree is null || Data.Size == 1 ? default : new(_tree, Index + 1);

    /// <summary>Number of children.</summary>
    public int ChildCount => Children.Count();

    /// <summary>Number of named children.</summary>
    public int NamedChildCount => NamedChildren.Count();

    /// <summary>The child at a position; no node where there are fewer.</summary>
    public SyntaxNode Child(int position) => Children.At(position);

    /// <summary>The named child at a position; no node where there are fewer.</summary>
    public SyntaxNode NamedChild(int position) => NamedChildren.At(position);

    /// <summary>The first child in a field; no node where it is absent.</summary>
    public SyntaxNode Field(string name) => _tree is null ? default : Field(_tree.Symbols.FieldId(name));

    /// <summary>The first child in a field; no node where it is absent.</summary>
    public SyntaxNode Field(ushort id)
    {
        if (id == 0) return default;
        foreach (var child in Children)
        {
            if (child.FieldId == id) return child;
        }
        return default;
    }

    /// <inheritdoc/>
    public bool Equals(SyntaxNode other) => ReferenceEquals(_tree, other._tree) && Index == other.Index;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SyntaxNode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Index;

    /// <summary>Same node of the same tree.</summary>
    public static bool operator ==(SyntaxNode left, SyntaxNode right) => left.Equals(right);

    /// <summary>Another node.</summary>
    public static bool operator !=(SyntaxNode left, SyntaxNode right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => HasValue ? $"{Kind} [{Start}..{End})" : "(no node)";
}
