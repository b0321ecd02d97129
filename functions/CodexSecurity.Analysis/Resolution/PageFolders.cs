namespace CodexSecurity.Analysis.Resolution;

/// <summary>Folders whose files a web server hands to browsers as they are, by the names that frameworks and their users give them.</summary>
public static class PageFolders
{
    private static readonly string[] Names = ["public", "static", "assets", "www", "wwwroot", "htdocs", "webroot"];

    /// <summary>Whether a file stands in such a folder.</summary>
    /// <param name="path">Relative POSIX path of a file.</param>
    public static bool Holds(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (int start = 0, end; (end = path.IndexOf('/', start)) >= 0; start = end + 1)
        {
            foreach (var name in Names) if (path.AsSpan(start, end - start).Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
