using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.Sandboxes.Dependencies;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Adapters.LocalDisk;

/// <summary>Compiled parsers in a folder of the user's cache that nobody else may write to or read; where that is not so, or the system can't say, nothing is kept or taken.</summary>
public sealed class CompiledModuleFiles(string folder) : ICompiledModules
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int Kept = 40;

    /// <summary>In the usual place; null where this machine keeps none.</summary>
    public static CompiledModuleFiles? Usual() => OperatingSystem.IsLinux() ? new CompiledModuleFiles(Path.Combine(CacheFolders.Root(), "parsers")) : null;

    /// <inheritdoc/>
    public byte[]? Find(string key)
    {
        try
        {
            var file = Path.Combine(folder, key);
            return HostFile.IsPrivate(folder) && HostFile.IsPrivate(file) ? File.ReadAllBytes(file) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Keep(string key, ReadOnlySpan<byte> compiled)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            // The folders around it are not for this alone, and others may have to read in them.
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(folder))!);
            Directory.CreateDirectory(folder, Own);
            if (!HostFile.IsPrivate(folder)) return;
            var part = Path.Combine(folder, Path.GetRandomFileName());
            using (var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite })) file.Write(compiled);
            File.Move(part, Path.Combine(folder, key), true);
            // Of versions that are gone.
            foreach (var old in new DirectoryInfo(folder).GetFiles().OrderByDescending(f => f.LastWriteTimeUtc).Skip(Kept)) old.Delete();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return; // compiled again next time
        }
    }
}
