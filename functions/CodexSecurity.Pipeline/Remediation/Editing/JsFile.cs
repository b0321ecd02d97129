using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>A parsed file with its style and names.</summary>
internal sealed class JsFile
{
    private Bindings? _bindings;

    private JsFile(SourceFile file, SyntaxTree tree) => (File, Tree, Style) = (file, tree, CodeStyle.Detect(tree));

    public SourceFile File { get; }

    public SyntaxTree Tree { get; }

    public CodeStyle Style { get; }

    public string Path => File.Path;

    public string Text => File.Text;

    public Bindings Names => _bindings ??= new Bindings(Tree);

    /// <summary>Parses; null for other languages and for what can't be parsed.</summary>
    public static JsFile? Parse(RecentTrees trees, SourceFile file)
    {
        var grammar = GrammarDetection.Detect(file.Path, file.Text.AsSpan(0, Math.Min(80, file.Text.Length)));
        if (grammar is not (Grammar.JavaScript or Grammar.TypeScript or Grammar.Tsx)) return null;
        return trees.Parse(file, grammar.Value).Tree is { } tree ? new JsFile(file, tree) : null;
    }

    /// <summary>The smallest named node that covers a range.</summary>
    public SyntaxNode At(int start, int end)
    {
        var best = Tree.Root;
        for (var i = 0; i < Tree.Count;)
        {
            var n = Tree[i];
            if (n.Start > start || n.End < end) { i += n.SubtreeSize; continue; }
            if (n.IsNamed) best = n;
            i++;
        }
        return best;
    }

    /// <summary>Every node of the file.</summary>
    public IEnumerable<SyntaxNode> All() => Js.Within(Tree.Root);

    /// <summary>White space at the start of the line on which an offset lies.</summary>
    public string IndentAt(int offset)
    {
        var start = LineStart(offset);
        var end = start;
        while (end < Text.Length && Text[end] is ' ' or '\t') end++;
        return Text[start..end];
    }

    public int LineStart(int offset)
    {
        while (offset > 0 && Text[offset - 1] is not ('\n' or '\r')) offset--;
        return offset;
    }

    /// <summary>True where only white space stands before the offset on its line.</summary>
    public bool IsFirstOnLine(int offset) => Text.AsSpan(LineStart(offset), offset - LineStart(offset)).IsWhiteSpace();
}
