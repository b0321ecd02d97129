using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>Which ignore files may be handed to the library: it opens whatever stands there, and a pipe or an endless device would never end.</summary>
internal static class IgnoreFiles
{
    /// <summary>Name of the ignore file of a folder.</summary>
    public const string Name = ".gitignore";

    private const long MaxBytes = 1024 * 1024;

    /// <summary>Whether a file can be read: absent, or a regular one of ordinary size. Git does not follow a link there either.</summary>
    public static bool IsUsable(string path) => HostFile.Look(path) is { Kind: EntryKind.Missing } or { Kind: EntryKind.Folder } or { Kind: EntryKind.File, Size: <= MaxBytes };

    /// <summary>Whether those can be read that count for everything below a folder.</summary>
    public static bool AreUsable(Repository repository, string top, string prefix)
    {
        // The machine's own settings are its owner's; the repository's may name any file.
        if (repository.Config.Get<string>("core.excludesfile", ConfigurationLevel.Local)?.Value is { Length: > 0 } named && !IsUsable(Path.Combine(top, named))) return false;
        if (!IsUsable(Path.Combine(GitFolders.Common(repository.Info.Path), "info", "exclude"))) return false;
        var folder = top;
        foreach (var part in prefix.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsUsable(Path.Combine(folder, Name))) return false;
            folder = Path.Combine(folder, part);
        }
        return true;
    }
}
