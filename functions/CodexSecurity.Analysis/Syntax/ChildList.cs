namespace CodexSecurity.Analysis.Syntax;

/// <summary>The children of a node; enumerates without allocation.</summary>
public readonly struct ChildList
{
    private readonly SyntaxNode _parent;
    private readonly bool _named;

    internal ChildList(SyntaxNode parent, bool named) => (_parent, _named) = (parent, named);

    /// <summary>Enumerates.</summary>
    public Enumerator GetEnumerator() => new(_parent.FirstChild, _named);

    /// <summary>How many there are.</summary>
    public int Count()
    {
        var count = 0;
        foreach (var _ in this) count++;
        return count;
    }

    /// <summary>The child at a position; no node where there are fewer.</summary>
    public SyntaxNode At(int position)
    {
        foreach (var child in this)
        {
            if (position-- == 0) return child;
        }
        return default;
    }

    /// <summary>Copies to a list.</summary>
    public List<SyntaxNode> ToList()
    {
        var list = new List<SyntaxNode>();
        foreach (var child in this) list.Add(child);
        return list;
    }

    /// <summary>Walks the siblings.</summary>
    public struct Enumerator
    {
        private readonly bool _named;
        private SyntaxNode _next;

        internal Enumerator(SyntaxNode first, bool named) => (_next, _named, Current) = (first, named, default);

        /// <summary>The child.</summary>
        public SyntaxNode Current { get; private set; }

        /// <summary>Goes on to the next.</summary>
        public bool MoveNext()
        {
            while (_next.HasValue)
            {
                Current = _next;
                _next = _next.NextSibling;
                if (!_named || Current.IsNamed) return true;
            }
            return false;
        }
    }
}
