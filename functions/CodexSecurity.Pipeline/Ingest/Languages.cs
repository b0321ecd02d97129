using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>What kind of code a name or a first line says a file is.</summary>
internal static class Languages
{
    // Code that ships in one of these and is not looked at leaves a hole in the scan.
    private static readonly Dictionary<string, string> Programs = new(StringComparer.OrdinalIgnoreCase)
    {
        [".vue"] = "Vue", [".svelte"] = "Svelte", [".astro"] = "Astro", [".coffee"] = "CoffeeScript", [".litcoffee"] = "CoffeeScript", [".ls"] = "LiveScript", [".kt"] = "Kotlin",
        [".kts"] = "Kotlin", [".swift"] = "Swift", [".rs"] = "Rust", [".scala"] = "Scala", [".groovy"] = "Groovy", [".clj"] = "Clojure", [".cljs"] = "ClojureScript", [".ex"] = "Elixir",
        [".exs"] = "Elixir", [".erl"] = "Erlang", [".pl"] = "Perl", [".pm"] = "Perl", [".lua"] = "Lua", [".dart"] = "Dart", [".mm"] = "Objective-C++", [".vb"] = "Visual Basic",
        [".fs"] = "F#", [".hs"] = "Haskell", [".jsp"] = "JSP", [".aspx"] = "ASP.NET", [".cshtml"] = "Razor", [".sol"] = "Solidity", [".elm"] = "Elm", [".res"] = "ReScript", [".jl"] = "Julia", [".cr"] = "Crystal",
    };

    // Glue around the program; named, but the program was looked at without it.
    private static readonly Dictionary<string, string> Glue = new(StringComparer.OrdinalIgnoreCase)
    {
        [".sh"] = "a shell script", [".bash"] = "a shell script", [".zsh"] = "a shell script", [".fish"] = "a shell script", [".bat"] = "a batch file", [".cmd"] = "a batch file", [".ps1"] = "a PowerShell script",
        [".erb"] = "a template", [".haml"] = "a template", [".marko"] = "a template", [".sql"] = "SQL",
    };

    private static readonly HashSet<string> Locks = new(StringComparer.Ordinal)
    {
        "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml", "lerna.json", "bower.json", "deno.json", "jsr.json",
    };

    /// <summary>Grammar of a file; null for none.</summary>
    public static Grammar? Grammar(string path, ReadOnlySpan<byte> content)
    {
        if (Path.GetExtension(path).Length > 0 || !content.StartsWith("#!"u8)) return GrammarDetection.Detect(path);
        var line = content[..Math.Min(content.Length, 200)];
        var end = line.IndexOf((byte)'\n');
        return GrammarDetection.Detect(path, System.Text.Encoding.Latin1.GetString(end < 0 ? line : line[..end]));
    }

    /// <summary>Whether the engine analyses a grammar today.</summary>
    public static bool IsAnalysed(Grammar grammar) => grammar is Analysis.Syntax.Grammar.JavaScript or Analysis.Syntax.Grammar.TypeScript or Analysis.Syntax.Grammar.Tsx;

    /// <summary>Name of a language for people.</summary>
    public static string Name(Grammar grammar) => grammar switch { Analysis.Syntax.Grammar.Cpp => "C++", Analysis.Syntax.Grammar.CSharp => "C#", Analysis.Syntax.Grammar.Php => "PHP", _ => grammar.ToString() };

    /// <summary>Name of a programming language that has no grammar here; "" for none.</summary>
    public static string Foreign(string path) => Programs.GetValueOrDefault(Path.GetExtension(path), "");

    /// <summary>What a file is that holds code beside the program; "" for none.</summary>
    public static string Beside(string path) => Glue.GetValueOrDefault(Path.GetExtension(path), "");

    /// <summary>Package manifests, lock files, settings of the compiler.</summary>
    public static bool IsManifest(string path)
    {
        var name = Path.GetFileName(path);
        return Locks.Contains(name) || ((name.StartsWith("tsconfig", StringComparison.Ordinal) || name.StartsWith("jsconfig", StringComparison.Ordinal)) && name.EndsWith(".json", StringComparison.Ordinal));
    }

    /// <summary>Text for people that may show how the code is called.</summary>
    public static bool IsDocumentation(string path)
    {
        var (name, extension) = (Path.GetFileName(path), Path.GetExtension(path).ToLowerInvariant());
        return extension is ".md" or ".markdown" or ".mdx" or ".rst" || (extension is "" or ".txt" && name.StartsWith("readme", StringComparison.OrdinalIgnoreCase));
    }

    private static readonly string[] Vendored = ["vendor", "vendors", "third_party", "third-party", "thirdparty", "bower_components", "jspm_packages"];

    /// <summary>The folder that by its name holds copies of other people's code; "" where there is none.</summary>
    public static string VendorFolder(string path) => path.Split('/')[..^1].FirstOrDefault(part => Vendored.Contains(part, StringComparer.OrdinalIgnoreCase)) ?? "";

    private static readonly string[] Mixed = ["client", "libs", "plugins"];

    /// <summary>Whether a folder above it holds the project's own code and copies of libraries alike, by its name.</summary>
    public static bool IsAmongLibraries(string path) => path.Split('/')[..^1].Any(part => Mixed.Contains(part, StringComparer.OrdinalIgnoreCase));

    /// <summary>Declarations of types without code.</summary>
    public static bool IsTypeDeclaration(string path) =>
        path.EndsWith(".d.ts", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".d.mts", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".d.cts", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether bytes are no text in any encoding: a name alone makes no source (".ts" is also a video format).</summary>
    public static bool IsBinary(ReadOnlySpan<byte> content)
    {
        var start = content[..Math.Min(content.Length, 8192)];
        if (!start.Contains((byte)0)) return false;
        // One zero byte hides no program: text with a few odd bytes is still read.
        var odd = 0;
        foreach (var b in start) if (b is < 9 or (> 13 and < 32) or > 126) odd++;
        return odd * 10 > start.Length;
    }

    /// <summary>Whether a ".ts" file is a translation file of Qt.</summary>
    public static bool IsXml(ReadOnlySpan<byte> content) => (content.StartsWith("\uFEFF"u8) ? content[3..] : content).TrimStart(" \t\r\n"u8) is var text && (text.StartsWith("<?xml"u8) || text.StartsWith("<!DOCTYPE"u8));
}
