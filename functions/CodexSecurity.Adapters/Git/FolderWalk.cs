using System.IO.Enumeration;

namespace CodexSecurity.Adapters.Git;

/// <summary>Lists a folder of the host without following a link, by what git tracks and ignores where it is in git.</summary>
/// <param name="root">The folder.</param>
/// <param name="tracking">What git says of it; null for a folder that is in no repository.</param>
/// <param name="builder">Gets the files.</param>
internal sealed class FolderWalk(string root, Tracking? tracking, SnapshotBuilder builder)
{
    // Every entry counts, hidden ones too; what can't be listed throws, so that it is said.
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly Links _links = new();

    /// <summary>Walks.</summary>
    public void Run(CancellationToken ct)
    {
        var folders = new Stack<(string Path, Tracking? Tracking)>();
        folders.Push(("", tracking));
        while (folders.TryPop(out var next))
        {
            ct.ThrowIfCancellationRequested();
            var (folder, known) = next;
            if (known is not null && !IgnoreFiles.IsUsable(Path.Combine(root, folder, IgnoreFiles.Name)))
            {
                builder.Note($"'{(folder.Length == 0 ? "" : folder + "/")}{IgnoreFiles.Name}' is no ordinary file: nothing below it counts as ignored.");
                known = known.WithoutIgnores();
            }
            foreach (var name in Names(folder))
            {
                var path = folder.Length == 0 ? name : $"{folder}/{name}";
                if (!builder.HasRoom(path))
                {
                    folders.Clear();
                    break;
                }
                if (Visit(path, name, known)) folders.Push((path, known));
            }
        }
        _links.Report(builder);
    }

    private List<string> Names(string folder)
    {
        try
        {
            var names = new FileSystemEnumerable<string>(Path.Combine(root, folder), (ref FileSystemEntry e) => e.FileName.ToString(), Everything).ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            builder.Fail(folder + "/", "could not be listed: " + SnapshotBuilder.Reason(problem));
            return [];
        }
    }

    // True for a folder to go into.
    private bool Visit(string path, string name, Tracking? known)
    {
        var full = Path.Combine(root, path);
        var facts = HostFile.Look(full);
        if (facts.Kind is EntryKind.Missing or EntryKind.Denied)
        {
            // A name that is no UTF-8 can't be passed to the system as text.
            builder.Fail(path, facts.Kind == EntryKind.Denied ? "no permission to read it" : name.Contains('\uFFFD', StringComparison.Ordinal) ? "its name is no valid UTF-8" : "it is gone");
            return false;
        }
        if (facts.Kind == EntryKind.Folder) return VisitFolder(path, name, full, known);
        if (LeftOutFolders.IsVersionControlFile(name)) builder.LeaveOut(path, LeftOutFolders.VersionControl);
        else if (known is not null && !known.Takes(path)) builder.LeaveOut(path, "ignored by git");
        else if (facts.Kind == EntryKind.Link) _links.Add(path, new FileInfo(full).LinkTarget ?? "");
        else if (facts.Kind is EntryKind.Other or EntryKind.Socket) builder.LeaveOut(path, "no regular file (a pipe, a socket or a device)");
        else builder.Add(new(path, facts.Size, facts.Executable, () => HostFile.Read(full, SnapshotBuilder.MaxFileBytes)));
        return false;
    }

    private bool VisitFolder(string path, string name, string full, Tracking? known)
    {
        var reason = LeftOutFolders.Reason(name);
        if (reason.Length == 0 && known is not null)
        {
            if (known.IsSubmodule(path)) reason = "a submodule: a repository of its own";
            else if (known.HoldsTracked(path)) return true;
            else if (known.IgnoresFolder(path)) reason = "ignored by git";
            else if (Path.Exists(Path.Combine(full, ".git"))) reason = "a repository of its own";
        }
        if (reason.Length > 0) builder.LeaveOut(path + "/", reason);
        return reason.Length == 0;
    }
}
