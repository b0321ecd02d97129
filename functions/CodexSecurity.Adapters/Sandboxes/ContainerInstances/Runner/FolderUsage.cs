using System.Runtime.Versioning;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// Bytes and files in the folders that the run may write to. A container's folders have no limit of their own as a file system of that size would, so they are looked
/// at from time to time; one file at a time is limited exactly.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class FolderUsage
{
    private const long MostEntries = 200_000;
    private static readonly EnumerationOptions s_all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
    private readonly Dictionary<string, (long Bytes, long Entries)> _before = JobPlacer.Writable.ToDictionary(folder => folder, folder => Count(folder, long.MaxValue));

    /// <summary>Whether the run has put more into one of the folders than it may.</summary>
    public bool IsOver(long bytes) => JobPlacer.Writable.Any(folder =>
    {
        var (before, entries) = _before[folder];
        var now = Count(folder, before + bytes);
        return now.Bytes > before + bytes || now.Entries > entries + MostEntries;
    });

    // Stops early: the run may make more than can be counted.
    private static (long Bytes, long Entries) Count(string folder, long enough)
    {
        long bytes = 0, entries = 0;
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", s_all))
            {
                entries++;
                bytes += entry is FileInfo file ? file.Length : 0;
                if (bytes > enough || entries > 4 * MostEntries)
                {
                    break;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (bytes, entries); // it changes while it is read; the next look sees it
        }

        return (bytes, entries);
    }
}
