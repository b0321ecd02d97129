namespace CodexSecurity.Analysis.Syntax;

/// <summary>The languages that can be parsed.</summary>
public enum Grammar { JavaScript, TypeScript, Tsx, Python, Java, Go, Php, Ruby, C, Cpp, CSharp }

/// <summary>Chooses a grammar for a file.</summary>
public static class GrammarDetection
{
    private static readonly Dictionary<string, Grammar> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".js"] = Grammar.JavaScript, [".cjs"] = Grammar.JavaScript, [".mjs"] = Grammar.JavaScript, [".jsx"] = Grammar.JavaScript, [".es6"] = Grammar.JavaScript,
        [".ts"] = Grammar.TypeScript, [".mts"] = Grammar.TypeScript, [".cts"] = Grammar.TypeScript, [".tsx"] = Grammar.Tsx,
        [".py"] = Grammar.Python, [".pyi"] = Grammar.Python, [".java"] = Grammar.Java, [".go"] = Grammar.Go, [".php"] = Grammar.Php,
        [".rb"] = Grammar.Ruby, [".c"] = Grammar.C, [".h"] = Grammar.C, [".cc"] = Grammar.Cpp, [".cpp"] = Grammar.Cpp, [".cxx"] = Grammar.Cpp,
        [".hpp"] = Grammar.Cpp, [".hh"] = Grammar.Cpp, [".cs"] = Grammar.CSharp,
    };

    /// <summary>The grammar for a path, by extension, else by the interpreter line of a file without one; null for none.</summary>
    /// <param name="path">Relative path.</param>
    /// <param name="firstLine">First line of the content, or empty.</param>
    public static Grammar? Detect(string path, ReadOnlySpan<char> firstLine = default)
    {
        var extension = Path.GetExtension(path);
        if (ByExtension.TryGetValue(extension, out var grammar)) return grammar;
        if (extension.Length > 0 || !firstLine.StartsWith("#!")) return null;
        if (firstLine.IndexOf("node", StringComparison.Ordinal) >= 0 || firstLine.IndexOf("bun", StringComparison.Ordinal) >= 0) return Grammar.JavaScript;
        if (firstLine.IndexOf("python", StringComparison.Ordinal) >= 0) return Grammar.Python;
        if (firstLine.IndexOf("ruby", StringComparison.Ordinal) >= 0) return Grammar.Ruby;
        return firstLine.IndexOf("php", StringComparison.Ordinal) >= 0 ? Grammar.Php : null;
    }
}
