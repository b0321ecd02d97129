using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Finds which files code loads by a relative path, as far as its text tells.</summary>
internal static partial class LoadedPaths
{
    /// <summary>Paths that the files may mean: as they are written, with an ending, or the index of a folder.</summary>
    public static HashSet<string> Of(IEnumerable<SnapshotFile> files)
    {
        var loaded = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (Match match in Specifier().Matches(Encoding.Latin1.GetString(file.Content.Span)))
            {
                var path = ModuleResolver.Join(ModuleResolver.FolderOf(file.Path), match.Groups[1].Value);
                loaded.Add(path);
                loaded.Add(path + ".js");
                loaded.Add(path + "/index.js");
            }
        }
        return loaded;
    }

    /// <summary>Takes back what the files that stay load by their paths, with what that loads.</summary>
    /// <param name="files">All of them.</param>
    /// <param name="left">Those that are to be left out, by path.</param>
    public static void TakeBack<T>(IReadOnlyCollection<SnapshotFile> files, Dictionary<string, T> left)
    {
        if (left.Count == 0) return;
        var byPath = files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        for (var staying = files.Where(f => !left.ContainsKey(f.Path)).ToList(); staying.Count > 0;)
        {
            staying = [.. Of(staying).Where(left.Remove).Select(path => byPath[path])];
        }
    }

    [GeneratedRegex("""(?:require\s{0,4}\(|from|import\s{0,4}\(?)\s{0,4}["'](\.{1,2}/[^"'\r\n]{1,300})["']""", RegexOptions.CultureInvariant)]
    private static partial Regex Specifier();
}
