namespace CodexSecurity.Adapters.Git;

/// <summary>Names that hold no source of the project, in a folder as in a tree of git.</summary>
internal static class LeftOutFolders
{
    /// <summary>The reason given for version control.</summary>
    public const string VersionControl = "version control";

    private static readonly HashSet<string> VersionControlNames = new(StringComparer.OrdinalIgnoreCase) { ".git", ".hg", ".svn", ".bzr", ".jj", ".sl", "_darcs", "CVS" };

    /// <summary>Why a folder of this name is left out, or "".</summary>
    public static string Reason(string name) => name == "node_modules" ? "installed dependencies, not the project's own source"
        : VersionControlNames.Contains(name) ? VersionControl : "";

    /// <summary>Whether a file of this name belongs to version control: the pointer of a worktree or a submodule.</summary>
    public static bool IsVersionControlFile(string name) => string.Equals(name, ".git", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name of a git tree can be a segment of a path.</summary>
    public static bool IsSegment(string name) => name.Length > 0 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal);
}
