using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;

namespace CodexSecurity.Adapters.Git;

/// <summary>Looks at a repository's own files before the library opens them.</summary>
internal static partial class GitFolders
{
    private const int LargestPointer = 4096;
    private const long LargestIndex = 256L * 1024 * 1024;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = true, RecurseSubdirectories = true };

    /// <summary>
    /// The repository that a ".git" means; "" where it is none that belongs to the folder. A pointer counts where the repository points back: otherwise
    /// a project could name any repository of the machine and have it read.
    /// </summary>
    public static string Of(string folder)
    {
        var mark = Path.Combine(folder, ".git");
        var facts = HostFile.Look(mark);
        if (facts.Kind == EntryKind.Folder) return mark;
        if (facts is not { Kind: EntryKind.File, Size: <= LargestPointer }) return "";
        var text = Encoding.UTF8.GetString(HostFile.Read(mark, LargestPointer)).Trim();
        if (!text.StartsWith("gitdir:", StringComparison.Ordinal)) return "";
        var target = Path.GetFullPath(Path.Combine(folder, text["gitdir:".Length..].Trim()));
        return Directory.Exists(target) && (LinkedTo(target, mark) || WorksIn(target, folder)) ? target : "";
    }

    /// <summary>Why a repository can't be opened without harm; "" for no reason.</summary>
    public static string Hazard(string repository)
    {
        foreach (var folder in new[] { repository, Common(repository) }.Distinct(StringComparer.Ordinal))
        {
            var walk = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry e) => e.ToFullPath(), Everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory,
                ShouldRecursePredicate = (ref FileSystemEntry e) => e.FileName is not ("modules" or "lfs"),
            };
            foreach (var path in walk)
            {
                var facts = HostFile.Look(path);
                if (facts.Kind == EntryKind.Link) facts = Target(path);
                var name = Path.GetRelativePath(folder, path);
                if (facts.Kind == EntryKind.Other) return $"'{name}' in it is a pipe or a device";
                if (facts is { Kind: EntryKind.File, Size: > LargestIndex } && !name.StartsWith("objects", StringComparison.Ordinal)) return $"'{name}' in it has {facts.Size} bytes";
            }
        }
        return "";
    }

    /// <summary>The storage format where it is one that the library does not read; "" otherwise.</summary>
    public static string OtherFormat(string repository)
    {
        var config = Path.Combine(Common(repository), "config");
        if (HostFile.Look(config) is not { Kind: EntryKind.File, Size: <= 1024 * 1024 }) return "";
        var match = Format().Match(Encoding.UTF8.GetString(HostFile.Read(config, 1024 * 1024)));
        return match.Success ? match.Groups[1].Value.ToLowerInvariant() : "";
    }

    private static EntryFacts Target(string link)
    {
        try
        {
            return new FileInfo(link).ResolveLinkTarget(true) is { } target ? HostFile.Look(target.FullName) : default;
        }
        catch (IOException)
        {
            // A circle: the library fails on it by itself.
            return default;
        }
    }

    // A linked worktree's folder in its repository names the worktree's ".git".
    private static bool LinkedTo(string repository, string mark) => Pointer(Path.Combine(repository, "gitdir")) is { Length: > 0 } back && Same(Path.Combine(repository, back), mark);

    // A submodule's repository names its folder.
    private static bool WorksIn(string repository, string folder)
    {
        var config = Path.Combine(repository, "config");
        if (HostFile.Look(config) is not { Kind: EntryKind.File, Size: <= 1024 * 1024 }) return false;
        return WorkTree().Matches(Encoding.UTF8.GetString(HostFile.Read(config, 1024 * 1024))).Any(m => Same(Path.Combine(repository, m.Groups[1].Value.Trim().Trim('"')), folder));
    }

    /// <summary>The folder that the worktrees of a repository share.</summary>
    public static string Common(string repository) => Pointer(Path.Combine(repository, "commondir")) is { Length: > 0 } common && Path.GetFullPath(Path.Combine(repository, common)) is var path && Directory.Exists(path) ? path : repository;

    private static string Pointer(string path) => HostFile.Look(path) is { Kind: EntryKind.File, Size: <= LargestPointer } ? Encoding.UTF8.GetString(HostFile.Read(path, LargestPointer)).Trim() : "";

    private static bool Same(string one, string two) => string.Equals(Real(one), Real(two), StringComparison.Ordinal);

    // Temporary folders are often links themselves.
    private static string Real(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(path);
        if (parent is null) return path;
        var here = Path.Combine(Real(parent), Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, target)) : here;
    }

    [GeneratedRegex(@"^\s*worktree\s*=\s*(.+)$", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)] private static partial Regex WorkTree();

    [GeneratedRegex(@"^\s*(?:objectformat|refstorage)\s*=\s*(sha256|reftable)\s*$", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)] private static partial Regex Format();
}
