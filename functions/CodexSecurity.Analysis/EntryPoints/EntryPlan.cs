using CodexSecurity.Analysis.Resolution;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>Which modules are run as what.</summary>
/// <param name="Main">Files that packages offer to their users, main first.</param>
/// <param name="Commands">Scripts that are installed as commands.</param>
/// <param name="Others">All other modules but those of <paramref name="Pages"/>.</param>
/// <param name="Offered">Those of them that a package without a main file offers by their paths.</param>
/// <param name="Pages">All other modules that stand in a folder for the files of pages.</param>
internal sealed record EntryPlan(IReadOnlyList<string> Main, IReadOnlyList<string> Commands, IReadOnlyList<string> Others, IReadOnlySet<string> Offered, IReadOnlyList<string> Pages)
{
    private static readonly string[] AuxiliaryFolders = ["test", "tests", "__tests__", "spec", "specs", "example", "examples", "benchmark", "benchmarks", "bench", "fixtures", "__mocks__", "demo", "docs", "coverage"];

    /// <summary>The plan for these modules; others are loaded where one of them requires it.</summary>
    public static EntryPlan Make(ModuleResolver resolver, IReadOnlyList<string> modules)
    {
        var known = modules.ToHashSet(StringComparer.Ordinal);
        var main = new List<string>();
        var commands = new List<string>();
        var offered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var package in resolver.Packages)
        {
            if (IsAuxiliary(package.Folder + "/x")) continue;
            var entries = resolver.EntryFiles(package);
            if (entries.Count == 0 && package.Bin.Count == 0) offered.UnionWith(modules.Where(m => ModuleResolver.FolderOf(m) == package.Folder));
            foreach (var f in entries) if (known.Contains(f) && !main.Contains(f)) main.Add(f);
            foreach (var f in resolver.Commands(package)) if (known.Contains(f) && !commands.Contains(f)) commands.Add(f);
        }
        var others = modules.Order(StringComparer.Ordinal).Where(m => !main.Contains(m)).ToLookup(PageFolders.Holds);
        return new EntryPlan(main, commands, [.. others[false]], offered, [.. others[true]]);
    }

    /// <summary>Tests, examples and the like: read where they are required, not reported on.</summary>
    public static bool IsAuxiliary(string path)
    {
        var parts = path.Split('/');
        for (var i = 0; i < parts.Length - 1; i++) if (Array.IndexOf(AuxiliaryFolders, parts[i].ToLowerInvariant()) >= 0) return true;
        var name = parts[^1];
        return name.Contains(".test.", StringComparison.Ordinal) || name.Contains(".spec.", StringComparison.Ordinal) || name is "test.js" or "tests.js" or "benchmark.js" or "example.js" or "gulpfile.js" or "Gruntfile.js" or "karma.conf.js" or "webpack.config.js" or "rollup.config.js";
    }
}
