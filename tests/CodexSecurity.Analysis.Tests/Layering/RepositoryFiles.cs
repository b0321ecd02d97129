namespace CodexSecurity.Analysis.Tests.Layering;

/// <summary>Finds this repository's own files, from where the test assembly was built.</summary>
internal static class RepositoryFiles
{
    /// <summary>The repository root: the first parent folder with the solution in it.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Source files of a production project, with their folder below the project.</summary>
    public static IEnumerable<(string Folder, string Path)> Sources(string project)
    {
        var home = Path.Combine(Root, "functions", project);
        foreach (var path in Directory.EnumerateFiles(home, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(home, path).Replace('\\', '/');
            if (relative.StartsWith("obj/", StringComparison.Ordinal) || relative.StartsWith("bin/", StringComparison.Ordinal)) continue;
            yield return (relative.Contains('/') ? relative[..relative.IndexOf('/')] : "", path);
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CodexSecurity.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests run outside the repository: no solution file above " + AppContext.BaseDirectory);
    }
}
