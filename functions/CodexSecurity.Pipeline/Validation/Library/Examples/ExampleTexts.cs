using System.Runtime.CompilerServices;
using System.Text;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Validation.Library.Examples;

/// <summary>A text that shows how a project is used, with what is looked for in it for every finding.</summary>
/// <param name="Path">The file.</param>
/// <param name="Tree">Its syntax.</param>
internal sealed record ExampleText(string Path, SyntaxTree Tree)
{
    /// <summary>Calls, in order.</summary>
    public IReadOnlyList<SyntaxNode> Calls { get; } = Of(Tree, "call_expression", "new_expression");

    /// <summary>Declarations of variables and imports, in order.</summary>
    public IReadOnlyList<SyntaxNode> Declarations { get; } = Of(Tree, "variable_declarator", "import_statement");

    /// <summary>Values that the text writes out.</summary>
    public LiteralValues Values => field ??= new(this);

    private static List<SyntaxNode> Of(SyntaxTree tree, string kind, string other)
    {
        var found = new List<SyntaxNode>();
        for (int i = 0; i < tree.Count; i++)
        {
            var node = tree[i];
            if (node.Kind == kind || node.Kind == other) found.Add(node);
        }

        return found;
    }
}

/// <summary>Code that shows how a project is used: blocks of its README, examples, tests.</summary>
internal static class ExampleTexts
{
    private const int MaxFiles = 24, MaxLength = 120_000;

    private static readonly ConditionalWeakTable<IReadOnlyList<SourceFile>, Lazy<IReadOnlyList<ExampleText>>> s_known = [];

    /// <summary>Parsed, README first, then examples, then tests; what does not parse at all is left out. The work is done once for the texts of a project.</summary>
    public static IReadOnlyList<ExampleText> Of(IReadOnlyList<SourceFile> texts) => s_known.GetValue(texts, t => new(() => [.. Parsed(t)])).Value;

    private static IEnumerable<ExampleText> Parsed(IReadOnlyList<SourceFile> texts)
    {
        var chosen = texts.Select(t => (Text: t, Rank: Rank(t.Path))).Where(t => t.Rank > 0 && t.Text.Text.Length <= MaxLength)
            .OrderBy(t => t.Rank).ThenBy(t => t.Text.Path, StringComparer.Ordinal).Take(MaxFiles);
        foreach (var (text, rank) in chosen)
        {
            var code = rank == 1 ? Blocks(text.Text) : text.Text;
            if (code.Length == 0) continue;
            var grammar = rank == 1 ? Grammar.JavaScript : GrammarDetection.Detect(text.Path, code.AsSpan(0, Math.Min(80, code.Length)));
            if (grammar is not (Grammar.JavaScript or Grammar.TypeScript or Grammar.Tsx)) continue;
            if (ParserPool.Shared.Parse(new SourceFile(text.Path, code), grammar.Value).Tree is { } tree) yield return new ExampleText(text.Path, tree);
        }
    }

    private static int Rank(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (name.StartsWith("readme", StringComparison.OrdinalIgnoreCase)) return path.Contains('/') ? 0 : 1;
        return CodeRole.Of(path) switch { "example" => 2, "test" => 3, "documentation" when !name.EndsWith(".md", StringComparison.OrdinalIgnoreCase) => 4, "development" => 5, _ => 0 };
    }

    // Fenced blocks of JavaScript or of no language; where there is none, what is set off by four spaces. An unfinished block spoils only itself.
    private static string Blocks(string markdown)
    {
        var (fenced, indented) = (new StringBuilder(), new StringBuilder());
        string? fence = null;
        var take = false;
        foreach (var line in markdown.Split('\n'))
        {
            var text = line.TrimEnd('\r');
            var trimmed = text.TrimStart();
            if (fence is null && (trimmed.StartsWith("```", StringComparison.Ordinal) || trimmed.StartsWith("~~~", StringComparison.Ordinal)))
            {
                fence = trimmed[..3];
                var language = trimmed.TrimStart('`', '~').Trim().Split(' ', '{', ',')[0];
                take = language.ToUpperInvariant() is "" or "JS" or "JAVASCRIPT" or "JSX" or "MJS" or "CJS" or "NODE" or "NODEJS" or "TS" or "TYPESCRIPT" or "ES6";
            }
            else if (fence is not null && trimmed.StartsWith(fence, StringComparison.Ordinal))
            {
                fence = null;
                if (take) fenced.Append("\n;\n");
            }
            else if (fence is not null && take) fenced.Append(text).Append('\n');
            else if (fence is null && (text.StartsWith("    ", StringComparison.Ordinal) || text.StartsWith('\t'))) indented.Append(text).Append('\n');
        }

        return fenced.Length > 0 ? fenced.ToString() : indented.ToString();
    }
}
